import Oddity

/// What a recalibration found, for people to read.
struct RecalibrationText {
  private let report: RecalibrationReport
  private let labels: [String]?

  init(_ report: RecalibrationReport, labels: [String]?) {
    (self.report, self.labels) = (report, labels)
  }

  var text: String {
    let calibration = CalibrationText(
      alpha: report.alpha, confidence: report.confidence, threshold: report.threshold,
      falseAlarmInterval: report.falseAlarmInterval,
      groups: report.calibrationGroups, labels: labels)
    let images =
      "calibration images: \(Numbers.grouped(report.calibrationImages)), \(Numbers.grouped(report.newImages)) of them new"
    return
      (["score: \(report.score)", images] + calibration.lines + [
        "guarded model: \(report.output ?? Numbers.none)"
      ]).joined(separator: "\n") + "\n"
  }
}
