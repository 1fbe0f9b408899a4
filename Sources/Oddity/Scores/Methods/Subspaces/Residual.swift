/// `−‖(z − u)N‖`, the residual of ViM alone (Wang et al., CVPR 2022).
struct Residual: Score {
  static let description = ScoreDescription(
    name: "residual", summary: "norm of the features outside their principal directions",
    paper: "Wang et al., CVPR 2022", fits: "principal directions of z", cost: "a D×D product",
    networks: .linearHead,
    composition: .distance, forms: .any, parameters: [ResidualSpace.parameter])

  let taps: Set<Tap> = [.features]
  let statistics: Set<FitStatistic> = [.moments]
  private let dimension: Int?

  init(_ parameters: ScoreParameters) { dimension = parameters["d"].map { Int($0) } }

  func fitted(to data: FitData) throws -> any FittedScore {
    Fitted(space: try ResidualSpace(data, dimension: dimension, score: Self.description.name))
  }

  private struct Fitted: FittedScore {
    let space: ResidualSpace

    var state: [String: ScoreState.Value] { ["directions": .number(Double(space.directions.count))] }

    func append(to nodes: inout ScoreNodes) -> String {
      let features = nodes.features
      return nodes.appendix.add("Neg", [space.norm(features, in: &nodes)])
    }
  }
}
