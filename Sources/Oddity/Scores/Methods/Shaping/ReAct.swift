/// Energy of `W·min(z, c) + b`, c a percentile of all activations (Sun et al., *ReAct*, NeurIPS 2021).
struct ReAct: Score {
  static let description = ScoreDescription(
    name: "react", summary: "energy of features clipped from above", paper: "Sun et al., NeurIPS 2021",
    fits: "c on a sample of z", networks: .linearHead, composition: .logits,
    forms: .energies,
    parameters: [
      ScoreParameter("percentile", "of all activations, which gives c", standard: 90, range: 0...100)
    ])

  let taps: Set<Tap> = [.features, .logits]
  private let percentile: Double

  init(_ parameters: ScoreParameters) { percentile = parameters.number("percentile") }

  func fitted(to data: FitData) throws -> any FittedScore {
    Fitted(limit: try data.sample.features.percentile(percentile, for: "react"))
  }

  private struct Fitted: FittedScore {
    let limit: Double

    var state: [String: ScoreState.Value] { ["c": .number(limit)] }

    func append(to nodes: inout ScoreNodes) -> String {
      let features = nodes.features
      let limit = nodes.number(limit)
      return nodes.energy(ofFeatures: nodes.appendix.add("Min", [features, limit]))
    }
  }
}

extension ScoreNodes {
  /// `logsumexp(Wz + b)`, [N].
  mutating func energy(ofFeatures features: String) -> String {
    let logits = logits(ofFeatures: features)
    return energy(logits)
  }
}

extension [Float] {
  /// A percentile of the values, as `numpy.percentile` has it.
  ///
  /// - Throws: ``OddityError`` `.badData` where there are no values.
  func percentile(_ percent: Double, for score: String) throws(OddityError) -> Double {
    guard !isEmpty else {
      throw OddityError(.badData, "\(score) has nothing to learn from: no image fell into the fit part")
    }
    return sorted().quantileOfSorted(percent / 100)
  }
}
