/// Energy of features below α set to 0 and above β set to β, α and β quantiles of all activations (Xu et al., *VRA*,
/// NeurIPS 2023). OpenOOD's variant raises the low ones to α instead: a different score.
struct VRA: Score {
  static let description = ScoreDescription(
    name: "vra", summary: "energy of features cut from below and clipped from above",
    paper: "Xu et al., NeurIPS 2023", fits: "α and β on a sample of z", networks: .linearHead,
    composition: .logits,
    forms: .energies,
    parameters: [
      ScoreParameter("alpha", "percentile below which features become 0", standard: 60, range: 0...100),
      ScoreParameter("beta", "percentile at which features are clipped", standard: 90, range: 0...100),
    ])

  let taps: Set<Tap> = [.features, .logits]
  private let parameters: ScoreParameters

  init(_ parameters: ScoreParameters) { self.parameters = parameters }

  func fitted(to data: FitData) throws -> any FittedScore {
    let alpha = try alpha()
    return Fitted(
      low: try data.sample.features.percentile(alpha, for: "vra"),
      high: try data.sample.features.upperLimit(parameters, "beta", for: "vra"))
  }

  /// The standard gives way to a smaller beta that was set.
  ///
  /// - Throws: ``OddityError`` `.usage` where alpha was set above beta.
  private func alpha() throws(OddityError) -> Double {
    let (alpha, beta) = (parameters.number("alpha"), parameters.number("beta"))
    guard alpha > beta else { return alpha }
    guard parameters.isSet("alpha") else { return beta }
    throw OddityError(
      .usage,
      "vra.alpha=\(Numbers.shortest(alpha)) is above vra.beta=\(Numbers.shortest(beta)): choose 0 ≤ alpha ≤ beta ≤ 100"
    )
  }

  private struct Fitted: FittedScore {
    let low: Double
    let high: Double

    var state: [String: ScoreState.Value] { ["alpha": .number(low), "beta": .number(high)] }

    func append(to nodes: inout ScoreNodes) -> String {
      let features = nodes.features
      let isLow = nodes.appendix.add("Less", [features, nodes.number(low)])
      let clipped = nodes.appendix.add("Min", [features, nodes.number(high)])
      return nodes.energy(ofFeatures: nodes.appendix.add("Where", [isLow, nodes.number(0), clipped]))
    }
  }
}
