import Imaging
import OddityFit

/// The report of one network, and the measurements that it was computed from.
package struct BenchmarkedNetwork: Sendable {
  package let name: String
  package let report: NetworkReport
  /// The candidate blocks, in the order of the report's blocks.
  package let blocks: [Block]
  /// The position of the selected block among `blocks`.
  package let selected: Int
  /// `id.fit`, `id.calibration` if there is one, `id.evaluate`, the OOD sets and the shifted sets, in the
  /// suite's order.
  package let sets: [MeasuredSet]
  /// The calibrations of the suite's scores, in their order. They give the p-values and the thresholds.
  package let calibrations: [ConformalCalibration]
  /// Converts images to the network's input.
  package let preprocessing: ResolvedPreprocessing

  /// The ID images that the OOD sets are compared with.
  package var evaluate: MeasuredSet { sets.filter { $0.set.role == .evaluate }[0] }
  package var outOfDistribution: [MeasuredSet] { sets.filter { $0.set.role == .ood } }

  init(_ run: NetworkRun, of suite: Suite, sets measured: [MeasuredSet], labels: SuiteLabels)
    async throws
  {
    let classes = run.fit.classifier.classes
    let observations = try run.observations(measured) { try labels.truth(of: $0, classes: classes) }
    let summary = try await FitSummary(run.fit, observations)
    let fit = summary.report()
    let selected = summary.selected
    let positions = try suite.scores.map { score throws(OddityError) in
      guard let position = summary.position(of: score) else {
        throw OddityError(.badData, "\(score) cannot be fitted: leave it out of the suite")
      }
      return position
    }
    let runner = try run.fit.scoreRunner(positions.map { summary.scores.scores[$0] })
    var sets: [MeasuredSet] = []
    for set in measured { sets.append(try await set.scored(by: runner)) }
    let calibrations = try positions.map {
      try ConformalCalibration(scores: summary.scores.calibrate[$0], alpha: suite.alpha)
    }
    let comparison = NetworkComparison(suite, layout: run.layout, sets: sets)
    let (table, hindsight) = try comparison.tables()
    let agreement = try comparison.agreement(labels, classes: classes)
    let blockMetrics = try suite.blocks == .all ? comparison.blockMetrics() : nil
    name = run.network.name
    blocks = run.layout.blocks
    self.selected = selected
    self.sets = sets
    self.calibrations = calibrations
    preprocessing = run.fit.preprocessing
    report = NetworkReport(
      name: name, model: run.network.model.written, classes: classes,
      idAccuracy: agreement?.accuracy, idAccuracyImages: agreement?.images ?? 0,
      fit: fit, table: table, fullSpectrum: try comparison.fullSpectrum(labels, classes: classes),
      hindsight: hindsight,
      thresholds: calibrations.enumerated().map { comparison.threshold($0, $1) },
      blocks: blockMetrics.map { comparison.blocks(fit, $0) }, blockMetrics: blockMetrics)
  }
}
