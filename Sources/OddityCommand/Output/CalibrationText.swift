import Oddity

/// Threshold and false-alarm rate, as fits and recalibrations print them.
struct CalibrationText {
  let alpha: Double
  /// The confidence with which the rate holds, if there is one.
  var confidence: Double?
  let threshold: Double
  let falseAlarmInterval: [Double]
  let groups: [CalibrationGroup]?
  let labels: [String]?

  var lines: [String] {
    guard let groups, groups.count > 1 else {
      let single = groups?.first.map { "; one group of all \($0.classes.count) classes" } ?? ""
      return ["threshold: \(Float(threshold)) for \(rate)\(single); \(range)"]
    }
    return ["thresholds by predicted class, for \(rate) in each; over all, \(range)"]
      + groups.prefix(Self.shown).map(line)
      + (groups.count > Self.shown ? ["  \(groups.count - Self.shown) more in --json"] : [])
  }

  private static let shown = 20

  private var rate: String {
    "\(Numbers.percent(alpha, 2)) false alarms" + (confidence.map { " with confidence \($0)" } ?? "")
  }

  private var range: String {
    "in the long run this calibration set may give \(Numbers.percent(falseAlarmInterval[0], 2)) to "
      + Numbers.percent(falseAlarmInterval[1], 2)
  }

  private func line(_ group: CalibrationGroup) -> String {
    let threshold = group.threshold.map { "\(Float($0))" } ?? "none (no image is flagged)"
    return "  \(group.names(labels)): \(threshold) (\(Numbers.grouped(group.calibrationImages)) images)"
  }
}

extension RecalibrationReport {
  /// The result of a recalibration as text.
  func text(labels: [String]?) -> String {
    let calibration = CalibrationText(
      alpha: alpha, confidence: confidence, threshold: threshold,
      falseAlarmInterval: falseAlarmInterval,
      groups: calibrationGroups, labels: labels)
    let images =
      "calibration images: \(Numbers.grouped(calibrationImages)), \(Numbers.grouped(newImages)) of them "
      + "added now"
    return
      (["score: \(score)", images] + calibration.lines + [
        "guarded model: \(output ?? Numbers.none)"
      ]).joined(separator: "\n") + "\n"
  }
}
