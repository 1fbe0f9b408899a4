import ONNXGraph

/// Energy of `Wz′ + b`, where z′ is the pooled last map without its largest singular component,
/// ``RankReduction`` (Song et al., NeurIPS 2022, eq. 2 to 4).
///
/// It uses only the last map. OpenOOD and the authors also average with the logits of the stage before.
struct RankFeat: LinearHeadScore {
  static let description = ScoreDescription(
    name: "rankfeat", summary: "energy without the largest singular component of the last map",
    paper: "Song et al., NeurIPS 2022", cost: "8 small nodes an iteration", networks: .pooledFeatures,
    forms: .energies, sign: .energy,
    parameters: [iterations])
  private static let iterations = Parameter<Int>(
    "iterations", "of the power method", default: 20, in: 1...200)

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.rankReducedFeatures(Self.reduction(parameters))] }

  private static func reduction(_ parameters: ScoreParameters) -> RankReduction {
    RankReduction(iterations: parameters[iterations])
  }

  func fitted(to data: FitData, head: LinearHead) -> FittedScore {
    let reduction = Self.reduction(data.parameters)
    return FittedScore(["iterations": .number(Double(reduction.iterations))]) { x in
      x.energy(head.logits(of: x[.rankReducedFeatures(reduction)]))
    }
  }
}
