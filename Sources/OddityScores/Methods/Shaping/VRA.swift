import OddityClassifier
import ONNXGraph

/// Energy of features that are set to 0 below α and to β above β, where α and β are quantiles of all
/// activations (Xu et al., *VRA*, NeurIPS 2023). OpenOOD's variant raises the low features to α instead,
/// which is a different score.
struct VRA: LinearHeadScore {
  static let description = ScoreDescription(
    name: "vra", summary: "energy of features cut from below and clipped from above",
    paper: "Xu et al., NeurIPS 2023", fits: "α and β on a sample of z", networks: .linearHead,
    composition: .logits,
    forms: .energies, sign: .energy,
    parameters: [lower, upper])
  private static let lower = Parameter<Double>(
    "alpha", "percentile below which features become 0", default: 60, in: 0...100)
  private static let upper = Parameter<Double>(
    "beta", "percentile at which features are clipped", default: 90, in: 0...100)

  func fitted(to data: FitData, head: LinearHead) throws -> FittedScore {
    let low = try data.sample.features.percentile(Self.alpha(data.parameters), for: "vra")
    let high = try data.sample.features.upperLimit(data.parameters, Self.upper, for: "vra")
    return FittedScore(["alpha": .number(low), "beta": .number(high)]) { x in
      let cut = (x.features .< low).choose(0, else: x.features.atMost(high))
      return x.energy(head.logits(of: cut))
    }
  }

  /// alpha. Its default is lowered if beta was set to a smaller value.
  ///
  /// - Throws: ``OddityError`` `.usage` if alpha was set above beta.
  private static func alpha(_ parameters: ScoreParameters) throws(OddityError) -> Double {
    let (alpha, beta) = (parameters[lower], parameters[upper])
    guard alpha > beta else { return alpha }
    guard parameters.isSet(lower) else { return beta }
    throw OddityError(
      .usage,
      "vra.alpha=\(Numbers.shortest(alpha)) is above vra.beta=\(Numbers.shortest(beta)): choose 0 ≤ alpha ≤ beta ≤ 100"
    )
  }
}
