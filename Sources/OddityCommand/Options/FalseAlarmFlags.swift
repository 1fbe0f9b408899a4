import ArgumentParser
import Oddity

/// How many in-distribution images may be flagged.
struct FalseAlarmFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Share of in-distribution images that may be flagged as outliers (default: 0.05; with --from, the model's).",
      valueName: "rate"),
    transform: { try Alpha(parsing: $0) })
  var alpha: Alpha?

  @Option(
    help: ArgumentHelp(
      "Keep the rate for this share of all calibration sets, such as 0.95, and not only on average over them.",
      valueName: "p"))
  var confidence: Double?

  @Option(
    help: ArgumentHelp(
      "Take p-values over all calibration images, or over those of the same predicted class, so that the rate holds "
        + "in every class (default: all; with --from, the model's).", valueName: "all|class"))
  var calibrationBy: CalibrationScope?

  func validate() throws {
    guard let confidence else { return }
    guard confidence > 0, confidence < 1 else {
      throw ValidationError("--confidence \(confidence): pass a number between 0 and 1, such as 0.95")
    }
  }
}

extension CalibrationScope: ExpressibleByArgument {}
