import OddityClassifier
import ONNXGraph

/// `logsumexp(l) − α‖(z − u)N‖`, α = mean max l / mean ‖(z − u)N‖ (Wang et al., *ViM*, CVPR 2022): the
/// residual as an additional logit. For independent labels, the energy is the joint energy.
///
/// If it is composed with the selected norm, energy and α use the replaced logits. The residual remains that
/// of z.
struct ViM: LinearHeadScore {
  static let description = ScoreDescription(
    name: "vim", summary: "energy less the scaled residual of the features", paper: "Wang et al., CVPR 2022",
    fits: "principal directions of z, α", cost: "a D×D product", networks: .linearHead, composition: .vim,
    forms: .energies, sign: .signed(), parameters: [ResidualSpace.dimension])

  let statistics: Set<FitStatistic> = [.moments]

  func fitted(to data: FitData, head: LinearHead) throws -> FittedScore {
    try fitted(to: data, head, logits: data.sample, nil)
  }

  func fitted(to data: FitData, energyOn replacement: NormReplacement) throws -> FittedScore {
    try fitted(to: data, replacement.head, logits: replacement.applied(to: data).sample, replacement)
  }

  private func fitted(
    to data: FitData, _ head: LinearHead, logits table: FeatureTable, _ replacement: NormReplacement?
  ) throws -> FittedScore {
    let space = try ResidualSpace(
      data, head, score: Self.description.name, leavesResidual: true)
    let largest = (0..<table.count).reduce(0.0) { $0 + Double(table.logit($1).max() ?? 0) }
    let alpha = largest / Double(max(table.count, 1)) / space.meanNorm(data.sample)
    guard alpha.isFinite else {
      throw OddityError(
        .badData,
        "vim: the features of the images have no residual, so it cannot be scaled; choose a smaller d")
    }
    guard data.form == .softmax || alpha > 0 else {
      throw OddityError(
        .badData,
        "vim: most images show none of the labels, so the mean of their largest logits is below 0 and cannot "
          + "scale the residual: choose residual")
    }
    return FittedScore(
      ["alpha": .number(alpha), "directions": .number(Double(space.directions.count))]
    ) { x in
      let own = replacement?.applied(to: x) ?? x
      return own.energy(own.logits) - space.norm(x.features) * alpha
    }
  }
}
