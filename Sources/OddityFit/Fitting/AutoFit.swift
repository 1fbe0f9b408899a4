import OddityModel

/// Fits every candidate of `auto` and chooses.
struct AutoFit {
  let setup: FitSetup
  let observations: Observations
  let measures: [KindMeasures]
  /// The block that NormRatio selects, by its position.
  let selected: Int

  func choose() async throws -> AutoSelection {
    let positions = setup.autoKinds
    let scores = try await FittedScores(
      setup.plan.candidates, setup, observations, block: setup.candidates[selected])
    let candidates =
      try norms(positions) + scores.names.indices.compactMap { try candidate(scores, $0, kinds: positions) }
    return try AutoSelection(
      candidates, kinds: positions.map { measures[$0].kind.name }, blocks: setup.candidates,
      leftOut: scores.leftOut)
  }

  /// FeatureNorm of every eligible block, or of the one that the user named.
  private func norms(_ kinds: [Int]) throws -> [AutoCandidate] {
    let eligible = setup.candidates.indices.filter { measures[0].ratios[$0].isEligible }
    return try (setup.namedCandidate.map { [$0] } ?? eligible).compactMap { block in
      let aurocs = kinds.compactMap { measures[$0].aurocs[block]?.value }
      let fpr95s = try kinds.compactMap { try observations.fpr95Pseudo(block: block, kind: $0) }
      guard aurocs.count == kinds.count, fpr95s.count == kinds.count else { return nil }
      return AutoCandidate(
        name: .featurenorm, block: block, isSelectedNorm: block == selected, aurocs: aurocs, fpr95s: fpr95s)
    }
  }

  private func candidate(_ scores: FittedScores, _ position: Int, kinds: [Int]) throws -> AutoCandidate? {
    let images = scores.select[position]
    let pseudo = kinds.map { scores.pseudoOOD[$0][position] }
    guard !kinds.isEmpty, pseudo.allSatisfy({ DetectionMetrics.areDefined(images, $0) }) else { return nil }
    let metrics = try pseudo.map { try DetectionMetrics(inDistribution: images, outOfDistribution: $0) }
    return AutoCandidate(
      name: scores.names[position], block: nil, isSelectedNorm: false, aurocs: metrics.map(\.auroc),
      fpr95s: metrics.map(\.fpr95))
  }
}
