import Oddity

extension EvaluationReport {
  /// In the layout of the paper's tables: FPR95 / AUROC in per cent, the mean at the end.
  var text: String {
    let sets = detectors.first?.ood.map { "\($0.name) (\($0.images))" } ?? []
    var table = Table(
      [.left("model"), .left("score")] + (sets + ["mean"]).map { .right($0) })
    for detector in detectors {
      let cells = (detector.ood.map(\.metrics) + [detector.mean]).map(cell)
      table.append([detector.name, detector.score] + cells)
    }
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
