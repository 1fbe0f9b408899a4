import OddityClassifier
import ONNXGraph

/// Energy of `W·min(z, c) + b`, where c is a percentile of all activations (Sun et al., *ReAct*, NeurIPS
/// 2021).
struct ReAct: LinearHeadScore {
  static let description = ScoreDescription(
    name: "react", summary: "energy of features clipped from above", paper: "Sun et al., NeurIPS 2021",
    fits: "c on a sample of z", networks: .linearHead, composition: .logits,
    forms: .energies, sign: .energy,
    parameters: [percentile])
  private static let percentile = Parameter<Double>(
    "percentile", "of all activations, which gives c", default: 90, in: 0...100)

  func fitted(to data: FitData, head: LinearHead) throws -> FittedScore {
    let limit = try data.sample.features.upperLimit(data.parameters, Self.percentile, for: "react")
    return FittedScore(["c": .number(limit)]) { x in x.energy(head.logits(of: x.features.atMost(limit))) }
  }
}

extension [Float] {
  /// The value at which a score clips activations from above: the percentile that a parameter names. If
  /// nearly all activations are zero, the default percentile may equal the smallest activation, and all
  /// images would be clipped to the same values. The percentile is then taken over the activations above the
  /// smallest.
  ///
  /// - Throws: ``OddityError`` `.badData` if there are no values.
  func upperLimit(
    _ parameters: ScoreParameters, _ percentile: Parameter<Double>, for score: String
  ) throws(OddityError) -> Double {
    let percent = parameters[percentile]
    let limit = try self.percentile(percent, for: score)
    guard !parameters.isSet(percentile), let smallest = self.min(), limit <= Double(smallest) else {
      return limit
    }
    let larger = filter { $0 > smallest }
    return larger.isEmpty ? limit : try larger.percentile(percent, for: score)
  }

  /// A percentile of the values, as computed by `numpy.percentile`.
  ///
  /// - Throws: ``OddityError`` `.badData` if there are no values.
  func percentile(_ percent: Double, for score: String) throws(OddityError) -> Double {
    guard !isEmpty else {
      throw OddityError(
        .badData,
        "\(score) cannot learn, because the fit part has no image: pass more images")
    }
    return sorted().quantileOfSorted(percent / 100)
  }
}
