import ONNXGraph

/// Features as scores that assume z ≥ 0 see them: after ReLU where the fit saw negatives (HardSwish, transformers,
/// ConvNeXt), and the logits with them.
struct NonNegativeFeatures: Sendable {
  /// Whether ReLU comes first.
  let rectifies: Bool

  init(_ data: FitData) { rectifies = data.hasNegativeFeatures }

  var state: [String: ScoreState.Value] { rectifies ? ["features": .text("after ReLU")] : [:] }

  func features(_ x: ScoreInputs) -> Tensor { rectifies ? x.features.relu() : x.features }

  func applied(to features: [Float]) -> [Float] { rectifies ? features.map { max($0, 0) } : features }
}
