import Foundation

/// What follows from the observations: the selection, the fitted scores, the calibration, the report.
struct FitSummary {
  /// The selected block's position among the candidates.
  let selected: Int
  /// Those that were asked for, and energy to compare with.
  let scores: FittedScores
  let calibration: ConformalCalibration
  let report: FitReport
  private let measures: [KindMeasures]
  private let run: FitRun

  var block: Block { run.candidates[selected] }

  init(_ run: FitRun, _ observations: Observations) async throws {
    let measures = try run.options.pseudoOOD.indices.map { try KindMeasures(run, observations, kind: $0) }
    let deciding = measures[0]
    let selected = try run.select(deciding.ratios)
    let stability = SelectionStability(norms: deciding.norms, selected: selected, seed: run.options.seed)
    self.run = run
    self.selected = selected
    self.measures = measures
    let scores = try await FittedScores(
      run.plan, run: run, observations: observations, block: run.candidates[selected])
    self.scores = scores
    calibration = try ConformalCalibration(
      scores: scores.calibrate[0], alpha: run.options.alpha, confidence: run.options.confidence)
    func scoreReports(kind: Int) -> [ScoreReport] {
      run.options.scores.indices.map {
        ScoreReport(scores.names[$0], auroc: scores.aurocPseudo($0, kind: kind))
      }
    }
    report = FitReport(
      selected: SelectedBlock(run.candidates[selected]), blocks: deciding.blockReports(),
      scores: scoreReports(kind: 0),
      pseudoOOD: measures.enumerated().map { $1.report(scoreReports(kind: $0)) },
      selectionStability: stability.share,
      runnerUp: stability.runnerUp.map { SelectedBlock(run.candidates[$0]) },
      parts: observations.counts, alpha: run.options.alpha.value, threshold: Double(calibration.threshold),
      falseAlarmInterval: calibration.falseAlarmInterval.ifFinite ?? [0, 1],
      images: observations.count, calibrationImages: calibration.scores.count,
      warning: FitWarning.joined([
        run.options.scores.contains(.featurenorm)
          ? FitWarning.featureNorm(
            deciding.aurocs[selected],
            against: scores.position(of: .energy).flatMap { scores.aurocPseudo($0, kind: 0) }) : nil,
        FitWarning.overlap(observations.calibrationOverlap),
        run.options.block == .auto ? run.classifier.singleBlockNote : nil,
      ]))
  }

  /// The scores that were asked for, without those to compare with.
  var wanted: [any FittedScore] { Array(scores.scores.prefix(run.options.scores.count)) }

  func measurements(of data: InDistributionData, _ observations: Observations) -> FitMeasurements {
    let kinds = measures.enumerated().map { position, measures in
      FitMeasurements.Kind(
        name: measures.kind.name, norms: measures.norms,
        scores: run.options.scores.indices.map {
          FitMeasurements.PairedScores(
            inDistribution: scores.select[$0], pseudoOOD: scores.pseudoOOD[position][$0])
        })
    }
    let images = [(Part.select, scores.select[0]), (.calibrate, scores.calibrate[0])].flatMap {
      part, values in
      zip(observations.places(part), values).map { place, score in
        FitMeasurements.Image(source: place.selection, position: place.position, part: part, score: score)
      }
    }
    return FitMeasurements(
      sources: data.selections.map(\.source), images: images, kinds: kinds, calibration: calibration)
  }

  func metadata(sourceSHA256: String) -> GuardMetadata {
    let options = run.options
    return GuardMetadata(
      oddityVersion: oddityVersion, score: options.scores[0].description,
      scores: options.scores.map(\.description),
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
