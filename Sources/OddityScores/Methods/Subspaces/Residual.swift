import ONNXGraph

/// `−‖(z − u)N‖`, the residual of ViM alone (Wang et al., CVPR 2022).
struct Residual: LinearHeadScore {
  static let description = ScoreDescription(
    name: "residual", summary: "norm of the features outside their principal directions",
    paper: "Wang et al., CVPR 2022", fits: "principal directions of z", cost: "a D×D product",
    networks: .linearHead,
    composition: .distance, forms: .any, parameters: [ResidualSpace.dimension])

  let taps: Set<Tap> = [.features]
  let statistics: Set<FitStatistic> = [.moments]
  let parameters: ScoreParameters

  func fitted(to data: FitData, head: LinearHead) throws -> any FittedScore {
    Fitted(space: try ResidualSpace(data, head, parameters, score: Self.description.name))
  }

  private struct Fitted: FittedScore {
    let space: ResidualSpace

    var state: [String: ScoreState.Value] { ["directions": .number(Double(space.directions.count))] }

    func score(_ x: ScoreInputs) -> Tensor { -space.norm(x.features) }
  }
}
