/// What one kind of pseudo-OOD images says of every candidate and every score.
struct KindMeasures {
  let kind: PseudoOOD
  let norms: PairedNorms
  /// NormRatio of each candidate.
  let ratios: [NormRatio]
  /// AUROC of the select part against its own pseudo-OOD images, for each output of the probe graph.
  private let aurocs: [PairedAUROC?]
  private let run: FitRun

  /// - Parameter position: of the kind, among those that were asked for.
  init(_ run: FitRun, _ observations: Observations, kind position: Int) throws(OddityError) {
    kind = run.options.pseudoOOD[position]
    norms = observations.pairedNorms(candidates: run.candidates.count, kind: position)
    guard norms.imageCount > 0 else {
      throw OddityError(
        .badData, "no image fell into the part that NormRatio is measured on: --id needs more images")
    }
    ratios = norms.normRatios()
    aurocs = run.probe.outputs.indices.map { observations.aurocPseudo(column: $0, kind: position) }
    self.run = run
  }

  /// AUROC of FeatureNorm at a candidate.
  func auroc(block: Int) -> PairedAUROC? { aurocs[block] }

  /// AUROC of a score, given the block whose norm is taken.
  func auroc(_ score: ScoreName, block: Int) -> PairedAUROC? {
    run.probe.column(of: score, block: block).flatMap { aurocs[$0] }
  }

  func blockReports() -> [BlockReport] {
    run.candidates.indices.map { BlockReport(run.candidates[$0], ratio: ratios[$0], auroc: aurocs[$0]) }
  }

  func scoreReports(block: Int) -> [ScoreReport] {
    run.options.scores.map { ScoreReport($0, auroc: auroc($0, block: block)) }
  }

  /// - Parameter block: the position of the candidate that the fit selected.
  func report(block: Int) -> PseudoOODReport {
    let selected = try? BlockSelection.selectedBlock(ratios)
    return PseudoOODReport(
      kind: kind.name, selected: selected.map { SelectedBlock(run.candidates[$0]) },
      blocks: blockReports().map { PseudoOODReport.Block($0) }, scores: scoreReports(block: block))
  }
}
