import OddityClassifier
import ONNXGraph

/// `‖P_d(h)‖ / ‖h‖`: the share of the standardised features h in their first d principal directions (Ben
/// Ammar et al., *NECO*, ICLR 2024). d is the smallest number whose variance reaches a share of the total.
struct NECO: Score {
  static let description = ScoreDescription(
    name: "neco", summary: "share of the features within their principal directions",
    paper: "Ben Ammar et al., ICLR 2024", fits: "mean, std and principal directions of z",
    cost: "a D×D product",
    networks: .features,
    forms: .any, sign: .positive,
    parameters: [variance])
  private static let variance = Parameter<Double>(
    "variance", "share that the directions reach", default: 0.9, in: 0...1, excluding: [0])

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.features] }
  let statistics: Set<FitStatistic> = [.moments]

  func fitted(to data: FitData) throws -> FittedScore {
    let moments = try data.moments()
    let covariance = moments.covariance
    let inverses = (0..<covariance.size).map {
      covariance[$0, $0] > 0 ? 1 / covariance[$0, $0].squareRoot() : 1
    }
    let eigen = try SymmetricEigen(covariance.scaled(byBoth: inverses))
    let count = try eigen.principalCount(
      data.parameters, Self.variance, of: moments, for: Self.description.name)
    let mean = moments.mean
    let directions = Array(eigen.vectors.prefix(count))
    return FittedScore(["directions": .number(Double(directions.count))]) { x in
      let standardised = x.features.centred(about: mean) * Tensor(row: inverses)
      let inside = standardised.projected(to: directions).norm(axis: 1)
      return inside / standardised.norm(axis: 1).atLeast(1e-12)
    }
  }
}

extension SymmetricEigen {
  /// How many leading eigenvectors are needed for their eigenvalues to reach a share of the total.
  func count(reaching share: Double) -> Int {
    let total = values.reduce(0) { $0 + max($1, 0) }
    var sum = 0.0
    for (position, value) in values.enumerated() {
      sum += max(value, 0)
      if sum >= share * total { return position + 1 }
    }
    return values.count
  }

  /// The number of directions in which features vary.
  ///
  /// - Parameter moments: of the features, which must be two or more and vary by more than single precision.
  /// - Throws: ``OddityError`` `.badData` if they do not.
  func varyingCount(of moments: FeatureMoments, for score: String) throws(OddityError) -> Int {
    try moments.requireVariation(for: score)
    guard vectors.count > 1 else {
      throw OddityError(
        .badData,
        "\(score) needs two features or more to compare their directions, and the classifier has one: choose another score, "
          + "such as energy")
    }
    return values.count { $0 > 1e-12 * (values.first ?? 0) }
  }

  /// The number of principal directions that a score keeps: as many as reach the share that a parameter
  /// names, but at least one. With the default share, one direction that varies is left out if there are two,
  /// because nothing lies outside all of them.
  ///
  /// - Parameter moments: of the features, which must be two or more and vary by more than single precision.
  /// - Throws: ``OddityError`` `.badData` if they do not.
  func principalCount(
    _ parameters: ScoreParameters, _ share: Parameter<Double>, of moments: FeatureMoments, for score: String
  ) throws(OddityError) -> Int {
    let varying = try varyingCount(of: moments, for: score)
    let reaching = count(reaching: parameters[share])
    return parameters.isSet(share) ? reaching : min(reaching, max(varying - 1, 1))
  }
}
