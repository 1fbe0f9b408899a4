import Imaging

/// One network of a benchmark: its report, and the measurements that it was computed from.
public struct BenchmarkedNetwork: Sendable {
  public let name: String
  public let report: NetworkReport
  /// The candidates, in the order of the report's blocks.
  public let blocks: [Block]
  /// The selected one, by its position among `blocks`.
  public let selected: Int
  /// `id.fit`, `id.calibration` where there is one, `id.evaluate`, and the OOD sets in their order.
  public let sets: [MeasuredSet]
  /// What the p-values and thresholds of each of the suite's scores come from, in their order.
  public let calibrations: [ConformalCalibration]
  /// How images become its input.
  public let preprocessing: ResolvedPreprocessing

  /// The images that the OOD sets are compared with.
  public var evaluate: MeasuredSet { sets.filter { $0.set.role == .evaluate }[0] }
  public var outOfDistribution: [MeasuredSet] { sets.filter { $0.set.role == .ood } }

  init(_ run: NetworkRun, of suite: Suite, sets measured: [MeasuredSet], labels: SuiteLabels)
    async throws
  {
    let classes = run.fit.classifier.classes
    let observations = try run.observations(measured) { try labels.truth(of: $0, classes: classes) }
    let summary = try await FitSummary(run.fit, observations)
    let selected = summary.selected
    let runner = try run.fit.scoreRunner(
      Array(summary.scores.scores.prefix(suite.scores.count)))
    var sets: [MeasuredSet] = []
    for set in measured { sets.append(try await set.scored(by: runner)) }
    let calibrations = try suite.scores.indices.map {
      try ConformalCalibration(scores: summary.scores.calibrate[$0], alpha: suite.alpha)
    }
    let comparison = NetworkComparison(suite, layout: run.layout, sets: sets)
    let blockMetrics = try suite.blocks == .all ? comparison.blockMetrics() : nil
    name = run.network.name
    blocks = run.layout.blocks
    self.selected = selected
    self.sets = sets
    self.calibrations = calibrations
    preprocessing = run.fit.preprocessing
    report = NetworkReport(
      name: name, model: run.network.model.written, classes: classes,
      idAccuracy: try comparison.accuracy(labels, classes: classes),
      fit: summary.report, table: try comparison.table(),
      thresholds: calibrations.enumerated().map { comparison.threshold($0, $1) },
      blocks: blockMetrics.map { comparison.blocks(summary.report, $0) }, blockMetrics: blockMetrics)
  }
}
