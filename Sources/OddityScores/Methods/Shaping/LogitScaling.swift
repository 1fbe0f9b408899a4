import ONNXGraph

/// Energy of `l·s²`, where s is the sum of z divided by the sum of its largest D − round(p/100 · D) (Djurisic
/// et al., *LTS*, 2024).
///
/// s is at least 1. If all features are zero, it is 1.
struct LogitScaling: Score {
  static let description = ScoreDescription(
    name: "lts", summary: "energy of scaled logits", paper: "Djurisic et al., 2024", networks: .features,
    composition: .logits, forms: .energies, sign: .energy, parameters: [percentile])
  private static let percentile = Shaping.percentile(95)

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.features, .logits] }

  func fitted(to data: FitData) throws -> FittedScore {
    let largest = try Shaping.kept(of: data, Self.percentile, for: Self.description.name)
    let nonNegative = NonNegativeFeatures(data)
    return FittedScore(nonNegative.state(with: ["largest": .number(Double(largest))])) { x in
      let features = nonNegative.features(x)
      let all = features.sum(axis: 1, keep: true)
      let kept = features.largest(largest, axis: 1).values.sum(axis: 1, keep: true)
      let scale = (all / kept.atLeast(1e-12)).atLeast(1)
      return x.energy(x.logits * scale.squared())
    }
  }
}
