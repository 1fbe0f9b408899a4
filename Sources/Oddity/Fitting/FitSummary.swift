import Foundation

/// What follows from the observations: the selection, the calibration, the report.
struct FitSummary {
  /// The selected block's position among the candidates.
  let selected: Int
  let calibration: ConformalCalibration
  let report: FitReport
  private let measures: [KindMeasures]
  /// Where each fitted score stands among the outputs of the probe graph.
  private let columns: [Int]
  private let run: FitRun

  var block: Block { run.candidates[selected] }

  init(_ run: FitRun, _ observations: Observations) throws {
    let measures = try run.options.pseudoOOD.indices.map { try KindMeasures(run, observations, kind: $0) }
    let deciding = measures[0]
    let selected = try run.select(deciding.ratios)
    let stability = SelectionStability(norms: deciding.norms, selected: selected, seed: run.options.seed)
    self.run = run
    self.selected = selected
    self.measures = measures
    columns = run.options.scores.compactMap { run.probe.column(of: $0, block: selected) }
    calibration = try run.calibrate(observations, block: selected)
    report = FitReport(
      selected: SelectedBlock(run.candidates[selected]), blocks: deciding.blockReports(),
      scores: deciding.scoreReports(block: selected), pseudoOOD: measures.map { $0.report(block: selected) },
      selectionStability: stability.share,
      runnerUp: stability.runnerUp.map { SelectedBlock(run.candidates[$0]) },
      parts: observations.counts, alpha: run.options.alpha.value, threshold: Double(calibration.threshold),
      falseAlarmInterval: calibration.falseAlarmInterval.ifFinite ?? [0, 1],
      images: observations.all.count, calibrationImages: calibration.scores.count,
      warning: FitWarning.joined([
        run.options.scores.contains(.featurenorm)
          ? FitWarning.featureNorm(
            deciding.auroc(block: selected), against: deciding.auroc(.energy, block: selected)) : nil,
        FitWarning.overlap(observations.calibrationOverlap),
        run.options.block == .auto ? run.classifier.singleBlockNote : nil,
      ]))
  }

  func measurements(of data: InDistributionData, _ observations: Observations) -> FitMeasurements {
    let kinds = measures.enumerated().map { position, measures in
      FitMeasurements.Kind(
        name: measures.kind.name, norms: measures.norms,
        scores: columns.map { observations.selectScores(column: $0, kind: position) })
    }
    return FitMeasurements(
      sources: data.selections.map(\.source), images: observations.images(column: columns[0]), kinds: kinds,
      calibration: calibration)
  }

  func metadata(sourceSHA256: String) -> GuardMetadata {
    let options = run.options
    return GuardMetadata(
      oddityVersion: oddityVersion, score: options.scores[0].rawValue, scores: options.scores.map(\.rawValue),
      block: report.selected, blocks: report.blocks, preprocessing: run.preprocessing, labels: options.labels,
      input: run.classifier.image.name, logits: run.classifier.head.logits, classes: run.classifier.classes,
      alpha: options.alpha.description, confidence: options.confidence,
      calibrationSize: calibration.scores.count, calibrationRank: calibration.rank,
      threshold: report.threshold,
      falseAlarmInterval: report.falseAlarmInterval,
      pseudoOOD: options.pseudoOOD.map(\.name).joined(separator: ","),
      seed: options.seed, parts: report.parts, sourceSHA256: sourceSHA256)
  }
}
