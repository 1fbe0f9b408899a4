import ONNXGraph

/// `‖a‖₁ / ‖a‖₀` of the penultimate activations (Park et al., *Understanding the Feature Norm*, ICCV 2023); 0
/// if all are zero.
struct NegativeAwareNorm: Score {
  static let description = ScoreDescription(
    name: "nan", summary: "norm of the features over how many are active", paper: "Park et al., ICCV 2023",
    networks: .features, forms: .any, sign: .positive)

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.features] }

  func fitted(to data: FitData) -> FittedScore {
    let nonNegative = NonNegativeFeatures(data)
    return FittedScore(nonNegative.state()) { x in
      let features = nonNegative.features(x)
      let active = (features .> 0).cast(to: .float).sum(axis: 1)
      return features.sum(axis: 1) / active.atLeast(1)
    }
  }
}

/// Features for scores that assume z ≥ 0. If the fit saw negative features (HardSwish, transformers,
/// ConvNeXt), ReLU is applied first, and the logits are computed from the result.
struct NonNegativeFeatures: Sendable {
  /// Whether ReLU is applied first.
  let rectifies: Bool

  init(_ data: FitData) { rectifies = data.hasNegativeFeatures }

  /// The description of what a score has learnt, including this step.
  func state(with learnt: [String: ScoreState.Value] = [:]) -> [String: ScoreState.Value] {
    rectifies ? learnt.merging(["features": .text("after ReLU")]) { own, _ in own } : learnt
  }

  func features(_ x: ScoreInputs) -> Tensor { applied(to: x.features) }

  func applied(to features: Tensor) -> Tensor { rectifies ? features.relu() : features }

  func applied(to features: [Float]) -> [Float] { rectifies ? features.map { max($0, 0) } : features }
}
