import Oddity

/// Threshold and false alarms, as fits and recalibrations tell them.
struct CalibrationText {
  let alpha: Double
  let threshold: Double
  let falseAlarmInterval: [Double]
  let groups: [CalibrationGroup]?
  let labels: [String]?

  var lines: [String] {
    let range =
      "this calibration set may give \(Numbers.percent(falseAlarmInterval[0], 2)) to "
      + Numbers.percent(falseAlarmInterval[1], 2)
    guard let groups else {
      return ["threshold: \(Float(threshold)) for \(Numbers.percent(alpha, 2)) false alarms; \(range)"]
    }
    return [
      "thresholds by predicted class, for \(Numbers.percent(alpha, 2)) false alarms in each; over all, \(range)"
    ] + groups.prefix(Self.shown).map(line)
      + (groups.count > Self.shown ? ["  \(groups.count - Self.shown) more in --json"] : [])
  }

  private static let shown = 20

  private func line(_ group: CalibrationGroup) -> String {
    let threshold = group.threshold.map { "\(Float($0))" } ?? "none, nothing is flagged"
    return "  \(group.names(labels)): \(threshold) (\(Numbers.grouped(group.calibrationImages)) images)"
  }
}
