import ONNXGraph

/// `‖p(x) − p(x∘(1 − M))‖₁`, where M is the class activation map of the predicted class: how much the
/// probabilities change if the regions that support the class are hidden.
///
/// This is an interpretation of *MECAM* (arXiv 2505.08604, 2025) with a single exit. Its authors mask by
/// several exits.
struct MaskedCAM: CompleteScore {
  static let description = ScoreDescription(
    name: "masked-cam", summary: "how much probabilities change when the evidence for the class is hidden",
    paper: "our interpretation of MECAM, arXiv 2505.08604, 2025", cost: "a second forward pass",
    networks: .pooledFeatures,
    sign: .positive)

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.logits, .maskedLogits] }

  func score(_ x: ScoreInputs, _: ScoreParameters) -> Tensor {
    let change = x.logits.softmax(axis: 1) - x[.maskedLogits].softmax(axis: 1)
    // In single precision, two probabilities near 1 are equal. The other classes gain what ŷ loses, and their
    // probabilities keep their digits.
    let others = change * (1 - x.isPredicted.cast(to: .float))
    return others.abs().sum(axis: 1) + others.sum(axis: 1).abs()
  }
}
