import Crypto
import Foundation

/// What follows from the observations: the selection, the calibration, the report.
struct FitSummary {
  let block: Block
  let calibration: ConformalCalibration
  let report: FitReport
  /// The norms and scores behind the report.
  private let norms: PairedNorms
  private let columns: [Int]
  private let run: FitRun

  init(_ run: FitRun, _ observations: Observations) throws {
    let candidates = run.candidates
    let norms = observations.pairedNorms(candidates: candidates.count)
    guard norms.imageCount > 0 else {
      throw OddityError(
        .badData, "no image fell into the part that NormRatio is measured on: --id needs more images")
    }
    let ratios = norms.normRatios()
    let selected = try run.select(ratios)
    let stability = SelectionStability(norms: norms, selected: selected, seed: run.options.seed)
    let probe = run.probe
    let aurocs = probe.outputs.indices.map { observations.aurocPseudo(column: $0) }
    func auroc(_ score: ScoreName) -> PairedAUROC? {
      probe.column(of: score, block: selected).flatMap { aurocs[$0] }
    }
    self.run = run
    self.norms = norms
    columns = run.options.scores.compactMap { probe.column(of: $0, block: selected) }
    block = candidates[selected]
    calibration = try run.calibrate(observations, block: selected)
    report = FitReport(
      selected: SelectedBlock(block),
      blocks: candidates.indices.map { BlockReport(candidates[$0], ratio: ratios[$0], auroc: aurocs[$0]) },
      scores: run.options.scores.map { ScoreReport($0, auroc: auroc($0)) },
      selectionStability: stability.share,
      runnerUp: stability.runnerUp.map { SelectedBlock(candidates[$0]) },
      parts: observations.counts, alpha: run.options.alpha.value, threshold: Double(calibration.threshold),
      falseAlarmInterval: calibration.falseAlarmInterval.ifFinite ?? [0, 1],
      images: observations.all.count, calibrationImages: calibration.scores.count,
      warning: FitWarning.joined([
        run.options.scores.contains(.featurenorm)
          ? FitWarning.featureNorm(auroc(.featurenorm), against: auroc(.energy)) : nil,
        FitWarning.overlap(observations.calibrationOverlap),
      ]))
  }

  func measurements(of data: InDistributionData, _ observations: Observations) -> FitMeasurements {
    FitMeasurements(
      sources: data.selections.map(\.source), images: observations.images(column: columns[0]), norms: norms,
      scores: columns.map { observations.selectScores(column: $0) }, calibration: calibration)
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
      falseAlarmInterval: report.falseAlarmInterval, pseudoOOD: "jigsaw:\(options.jigsaw.grid)",
      seed: options.seed, parts: report.parts, sourceSHA256: sourceSHA256)
  }
}

/// SHA-256 of a file, in hexadecimal.
func sha256(of file: URL) throws -> String {
  let data = try Data(contentsOf: file, options: .alwaysMapped)
  return SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined()
}
