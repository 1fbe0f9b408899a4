import ONNXGraph

/// Features as scores that assume z ≥ 0 see them: after ReLU where the fit saw negatives (HardSwish, transformers,
/// ConvNeXt), and the logits with them.
struct NonNegativeFeatures: Sendable {
  /// Whether ReLU comes first.
  let rectifies: Bool

  init(_ data: FitData) { rectifies = data.hasNegativeFeatures }

  /// What a score has learnt, with this.
  func state(with learnt: [String: ScoreState.Value] = [:]) -> [String: ScoreState.Value] {
    rectifies ? learnt.merging(["features": .text("after ReLU")]) { own, _ in own } : learnt
  }

  func features(_ x: ScoreInputs) -> Tensor { rectifies ? x.features.relu() : x.features }

  func applied(to features: [Float]) -> [Float] { rectifies ? features.map { max($0, 0) } : features }
}
