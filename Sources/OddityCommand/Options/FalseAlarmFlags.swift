import ArgumentParser
import Oddity

/// How many in-distribution images may be flagged.
struct FalseAlarmFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Share of in-distribution images that may be flagged as outliers (default: 0.05).", valueName: "rate"),
    transform: { try Alpha(parsing: $0) })
  var alpha = Alpha.fivePercent

  @Option(
    help: ArgumentHelp(
      "Keep the rate for this share of all calibration sets, such as 0.95, and not only on average over them.",
      valueName: "p"))
  var confidence: Double?

  func validate() throws {
    guard let confidence else { return }
    guard confidence > 0, confidence < 1 else {
      throw ValidationError("--confidence \(confidence): pass a number between 0 and 1, such as 0.95")
    }
  }
}
