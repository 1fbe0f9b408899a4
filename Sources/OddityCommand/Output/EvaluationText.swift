import Oddity

extension EvaluationReport {
  /// In the layout of the paper's tables: FPR95 / AUROC in per cent, the mean at the end.
  var text: String {
    let sets = detectors.first?.ood.map { "\($0.name) (\($0.images))" } ?? []
    let metrics: [Table.Column<DetectorReport>] = (sets + ["mean"]).enumerated().map { set, title in
      .number(title) { cell(($0.ood.map(\.metrics) + [$0.mean])[set]) }
    }
    let table = Table(detectors, [.text("model") { $0.name }, .text("score") { $0.score }] + metrics)
    let flagged = detectors.filter { $0.idFlagged != nil }.map(summary)
    return "FPR95 / AUROC, in per cent\n\n" + table.text + "\n" + flagged.joined()
  }

  private func cell(_ metrics: DetectionMetrics) -> String {
    Numbers.fixed(100 * metrics.fpr95, 2) + " / " + Numbers.fixed(100 * metrics.auroc, 2)
  }

  private func summary(_ detector: DetectorReport) -> String {
    let sets = detector.ood.map { "\(Numbers.percent($0.flagged)) of \($0.name)" }.joined(separator: ", ")
    let labelled =
      detector.idAccuracyImages < detector.idImages
      ? " of the \(detector.idAccuracyImages) whose class is known" : ""
    let accuracy = detector.idAccuracy.map { ", accuracy \(Numbers.percent($0, 2))\(labelled)" } ?? ""
    return
      "\(detector.name) (\(detector.score)) flags \(Numbers.percent(detector.idFlagged)) of \(detector.idImages) ID images"
      + "\(accuracy); \(sets)\n"
  }
}
