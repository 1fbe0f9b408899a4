/// `‖z‖₁ · Σ_c |C·p_c − 1|`, the L1 norm of the last layer's gradient of the cross-entropy to the uniform distribution
/// (Huang et al., NeurIPS 2021, eq. 6 to 8, times C).
struct GradNorm: Score, FittedScore {
  static let description = ScoreDescription(
    name: "gradnorm", summary: "norm of the last layer's gradient towards uniform",
    paper: "Huang et al., NeurIPS 2021", networks: .features)

  let taps: Set<Tap> = [.logits, .features]

  init(_ parameters: ScoreParameters) {}

  func fitted(to data: FitData) -> any FittedScore { self }

  func append(to nodes: inout ScoreNodes) -> String {
    let (features, logits) = (nodes.features, nodes.logits)
    let logProbabilities = nodes.logProbabilities(logits)
    let scaled = nodes.appendix.add(
      "Mul", [nodes.appendix.add("Exp", [logProbabilities]), nodes.number(Double(nodes.classes))])
    let residuals = nodes.appendix.add("Abs", [nodes.appendix.add("Sub", [scaled, nodes.number(1)])])
    let norm = nodes.appendix.reduce(.sum, nodes.appendix.add("Abs", [features]), axes: [1])
    return nodes.appendix.add("Mul", [norm, nodes.appendix.reduce(.sum, residuals, axes: [1])])
  }
}
