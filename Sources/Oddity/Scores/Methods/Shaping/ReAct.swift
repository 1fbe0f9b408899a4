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
  private let parameters: ScoreParameters

  init(_ parameters: ScoreParameters) { self.parameters = parameters }

  func fitted(to data: FitData) throws -> any FittedScore {
    Fitted(limit: try data.sample.features.upperLimit(parameters, "percentile", for: "react"))
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
  /// Where a score clips activations from above: the percentile that a parameter names. Where the standard one is no more
  /// than the smallest activation, as where nearly all are zero, every image would be clipped to the same: it is then taken
  /// of the activations above the smallest.
  ///
  /// - Throws: ``OddityError`` `.badData` where there are no values.
  func upperLimit(
    _ parameters: ScoreParameters, _ name: String, for score: String
  ) throws(OddityError) -> Double {
    let percent = parameters.number(name)
    let limit = try percentile(percent, for: score)
    guard !parameters.isSet(name), let smallest = self.min(), limit <= Double(smallest) else { return limit }
    let larger = filter { $0 > smallest }
    return larger.isEmpty ? limit : try larger.percentile(percent, for: score)
  }

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
