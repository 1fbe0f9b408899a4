/// Energy of `W(z·exp(s₁/s₂)) + b`: s₁ the sum of z, s₂ that of its largest D − round(p/100 · D) (Xu et al., *SCALE*,
/// ICLR 2024). The exponent is clamped at 80, and 0 where all features are.
struct Scale: Score {
  static let description = ScoreDescription(
    name: "scale", summary: "energy of scaled features", paper: "Xu et al., ICLR 2024", networks: .linearHead,
    composition: .logits, forms: .energies, parameters: Shaping.parameters(85))

  let taps: Set<Tap> = [.features, .logits]
  private let parameters: ScoreParameters

  init(_ parameters: ScoreParameters) { self.parameters = parameters }

  func fitted(to data: FitData) throws -> any FittedScore {
    Fitted(
      largest: try Shaping.kept(of: data, parameters, name: Self.description.name),
      nonNegative: NonNegativeFeatures(data))
  }

  private struct Fitted: FittedScore {
    let largest: Int
    let nonNegative: NonNegativeFeatures

    var state: [String: ScoreState.Value] {
      nonNegative.state.merging(["largest": .number(Double(largest))]) { own, _ in own }
    }

    func append(to nodes: inout ScoreNodes) -> String {
      let features = nonNegative.append(to: &nodes)
      let before = nodes.appendix.reduce(.sum, features, axes: [1], keep: true)
      let top = nodes.topValues(features, count: largest)
      let after = nodes.appendix.reduce(.sum, top, axes: [1], keep: true)
      let factor = nodes.scaleFactor(before: before, after: after)
      return nodes.energy(ofFeatures: nodes.appendix.add("Mul", [features, factor]))
    }
  }
}
