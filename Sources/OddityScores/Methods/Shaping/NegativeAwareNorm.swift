import ONNXGraph

/// `‖a‖₁ / ‖a‖₀` of the penultimate activations (Park et al., *Understanding the Feature Norm*, ICCV 2023); 0 where all
/// are zero.
struct NegativeAwareNorm: Score {
  static let description = ScoreDescription(
    name: "nan", summary: "norm of the features over how many are active", paper: "Park et al., ICCV 2023",
    networks: .features, forms: .any)

  let taps: Set<Tap> = [.features]

  let parameters: ScoreParameters

  func fitted(to data: FitData) -> FittedScore {
    let nonNegative = NonNegativeFeatures(data)
    return FittedScore(nonNegative.state()) { x in
      let features = nonNegative.features(x)
      let active = (features .> 0).cast(to: .float).sum(axis: 1)
      return features.sum(axis: 1) / active.atLeast(1)
    }
  }
}
