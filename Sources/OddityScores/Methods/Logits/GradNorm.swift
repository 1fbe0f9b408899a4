import ONNXGraph

/// `‖z‖₁ · Σ_c |C·p_c − 1|`, the L1 norm of the last layer's gradient of the cross-entropy to the uniform distribution
/// (Huang et al., NeurIPS 2021, eq. 6 to 8, times C).
struct GradNorm: CompleteScore {
  static let description = ScoreDescription(
    name: "gradnorm", summary: "norm of the last layer's gradient towards uniform",
    paper: "Huang et al., NeurIPS 2021", networks: .features)

  let taps: Set<Tap> = [.logits, .features]

  let parameters: ScoreParameters

  func score(_ x: ScoreInputs) -> Tensor {
    let residuals = (x.logits.logSoftmax(axis: 1).exp() * Double(x.classes) - 1).abs()
    return x.features.abs().sum(axis: 1) * residuals.sum(axis: 1)
  }
}
