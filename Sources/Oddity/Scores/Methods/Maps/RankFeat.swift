/// Energy of `Wz′ + b`, z′ the pooled last map without its largest singular component, ``RankReduction`` (Song et al.,
/// NeurIPS 2022, eq. 2 to 4).
///
/// Of the last map only: OpenOOD and the authors also average with the logits of the stage before.
struct RankFeat: Score {
  static let description = ScoreDescription(
    name: "rankfeat", summary: "energy without the largest singular component of the last map",
    paper: "Song et al., NeurIPS 2022", cost: "8 small nodes an iteration", networks: .pooledFeatures,
    forms: .energies,
    parameters: [
      ScoreParameter("iterations", "of the power method", standard: 20, range: 1...200, isWhole: true)
    ])

  private let reduction: RankReduction

  init(_ parameters: ScoreParameters) {
    reduction = RankReduction(iterations: Int(parameters.number("iterations")))
  }

  var taps: Set<Tap> { [.rankReducedFeatures(reduction)] }

  func fitted(to data: FitData) -> any FittedScore { Fitted(reduction: reduction) }

  private struct Fitted: FittedScore {
    let reduction: RankReduction

    var state: [String: ScoreState.Value] { ["iterations": .number(Double(reduction.iterations))] }

    func append(to nodes: inout ScoreNodes) -> String {
      let features = nodes.tensor(of: .rankReducedFeatures(reduction))
      return nodes.energy(ofFeatures: features)
    }
  }
}
