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
  private let share: Double

  init(_ parameters: ScoreParameters) { share = parameters.number("variance") }

  func fitted(to data: FitData) throws -> any FittedScore {
    let moments = try data.moments()
    let covariance = moments.covariance
    let inverses = (0..<covariance.size).map {
      covariance[$0, $0] > 0 ? 1 / covariance[$0, $0].squareRoot() : 1
    }
    let directions = try SymmetricEigen(covariance.scaled(byBoth: inverses)).leading(share)
    return Fitted(mean: moments.mean, inverseStd: inverses, directions: directions)
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

  /// Those eigenvectors.
  func leading(_ share: Double) -> [[Double]] { Array(vectors.prefix(count(reaching: share))) }
}
