/// `‖P_d(h)‖ / ‖h‖`: how much of the standardised features h lies in their first d principal directions (Ben Ammar et
/// al., *NECO*, ICLR 2024). d: the fewest whose variance reaches a share of all.
struct NECO: Score {
  static let description = ScoreDescription(
    name: "neco", summary: "share of the features within their principal directions",
    paper: "Ben Ammar et al., ICLR 2024", fits: "mean, std and principal directions of z",
    cost: "a D×D product",
    networks: .features,
    forms: .any,
    parameters: [
      ScoreParameter(
        "variance", "share that the directions reach", standard: 0.9, range: 0...1, excluding: [0])
    ])

  let taps: Set<Tap> = [.features]
  let statistics: Set<FitStatistic> = [.moments]
  private let parameters: ScoreParameters

  init(_ parameters: ScoreParameters) { self.parameters = parameters }

  func fitted(to data: FitData) throws -> any FittedScore {
    let moments = try data.moments()
    let covariance = moments.covariance
    let inverses = (0..<covariance.size).map {
      covariance[$0, $0] > 0 ? 1 / covariance[$0, $0].squareRoot() : 1
    }
    let eigen = try SymmetricEigen(covariance.scaled(byBoth: inverses))
    let count = try eigen.principalCount(parameters, "variance", of: moments, for: Self.description.name)
    return Fitted(
      mean: moments.mean, inverseStd: inverses, directions: Array(eigen.vectors.prefix(count)))
  }

  private struct Fitted: FittedScore {
    let mean: [Double]
    let inverseStd: [Double]
    let directions: [[Double]]

    var state: [String: ScoreState.Value] { ["directions": .number(Double(directions.count))] }

    func append(to nodes: inout ScoreNodes) -> String {
      let centred = nodes.centred(nodes.features, about: mean)
      let scale = nodes.appendix.constant(inverseStd.map { Float($0) }, dims: [1, inverseStd.count])
      let standardised = nodes.appendix.add("Mul", [centred, scale])
      let inside = nodes.norm(nodes.projected(standardised, to: directions))
      let least = nodes.appendix.constant([Float(1e-12)], dims: [1])
      let length = nodes.appendix.add("Max", [nodes.norm(standardised), least])
      return nodes.appendix.add("Div", [inside, length])
    }
  }
}

extension SymmetricEigen {
  /// How many leading eigenvectors it takes for their eigenvalues to reach a share of all.
  func count(reaching share: Double) -> Int {
    let total = values.reduce(0) { $0 + max($1, 0) }
    var sum = 0.0
    for (position, value) in values.enumerated() {
      sum += max(value, 0)
      if sum >= share * total { return position + 1 }
    }
    return values.count
  }

  /// How many directions a score of principal directions keeps: as many as reach the share that a parameter names, at least
  /// one. With the standard share one that varies is left over, if there are two, since nothing lies outside all of them.
  ///
  /// - Parameter moments: of the features, which must be two or more and vary by more than single precision.
  /// - Throws: ``OddityError`` `.badData` where they do not.
  func principalCount(
    _ parameters: ScoreParameters, _ name: String, of moments: FeatureMoments, for score: String
  ) throws(OddityError) -> Int {
    try moments.requireVariation(for: score)
    guard vectors.count > 1 else {
      throw OddityError(
        .badData,
        "\(score) needs two features or more to compare their directions, and the classifier has one: choose another score, "
          + "such as energy")
    }
    let reaching = count(reaching: parameters.number(name))
    let varying = values.count { $0 > 1e-12 * (values.first ?? 0) }
    return parameters.isSet(name) ? reaching : min(reaching, max(varying - 1, 1))
  }
}
