import ONNXGraph

/// Energy of `W(z·exp(s₁/s₂)) + b`, where s₁ is the sum of z, and s₂ is the sum of its largest D −
/// round(p/100 · D) (Xu et al., *SCALE*, ICLR 2024). The exponent is clamped at 80, and is 0 if all features
/// are 0.
struct Scale: LinearHeadScore {
  static let description = ScoreDescription(
    name: "scale", summary: "energy of scaled features", paper: "Xu et al., ICLR 2024", networks: .linearHead,
    composition: .logits, forms: .energies, sign: .energy, parameters: [percentile])
  private static let percentile = Shaping.percentile(85)

  func fitted(to data: FitData, head: LinearHead) throws -> FittedScore {
    let largest = try Shaping.kept(of: data, Self.percentile, for: Self.description.name)
    let nonNegative = NonNegativeFeatures(data)
    return FittedScore(nonNegative.state(with: ["largest": .number(Double(largest))])) { x in
      let features = nonNegative.features(x)
      let factor = Shaping.factor(
        before: features.sum(axis: 1, keep: true),
        after: features.largest(largest, axis: 1).values.sum(axis: 1, keep: true))
      return x.energy(head.logits(of: features * factor))
    }
  }
}
