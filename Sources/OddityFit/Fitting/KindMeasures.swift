import OddityStatistics
import OddityFiles
import OddityClassifier

/// What one kind of pseudo-OOD images says of every candidate.
struct KindMeasures {
  let kind: PseudoOOD
  let norms: PairedNorms
  /// NormRatio of each candidate.
  let ratios: [NormRatio]
  /// AUROC of each candidate's FeatureNorm, of the select part against its own pseudo-OOD images.
  let aurocs: [PairedAUROC?]
  private let candidates: [Block]

  /// - Parameter position: of the kind, among those that were asked for.
  init(_ setup: FitSetup, _ observations: Observations, kind position: Int) throws(OddityError) {
    kind = setup.options.pseudoOOD[position]
    norms = try observations.pairedNorms(kind: position)
    guard norms.imageCount > 0 else {
      throw OddityError(
        .badData, "no image fell into the part that NormRatio is measured on: --id needs more images")
    }
    ratios = norms.normRatios()
    aurocs = try setup.candidates.indices.map { block throws(OddityError) in
      try observations.aurocPseudo(block: block, kind: position)
    }
    candidates = setup.candidates
  }

  func blockReports() -> [BlockReport] {
    candidates.indices.map { BlockReport(candidates[$0], ratio: ratios[$0], auroc: aurocs[$0]) }
  }

  /// - Parameter scores: the fitted scores, with what this kind says of them.
  func report(_ scores: [ScoreReport]) -> PseudoOODReport {
    let selected = BlockSelection.eligibleBlock(ratios)
    return PseudoOODReport(
      kind: kind.name, selected: selected.map { SelectedBlock(candidates[$0]) },
      blocks: blockReports().map { PseudoOODReport.Block($0) }, scores: scores)
  }
}
