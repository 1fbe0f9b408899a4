import ArgumentParser
import Oddity

/// How many in-distribution images may be flagged.
struct FalseAlarmFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Share of in-distribution images that may be flagged as outliers (default: 0.05; with --from, the model's).",
      valueName: "rate"),
    transform: { try Alpha(parsing: $0) })
  var alpha: Alpha?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The probability, such as 0.95, with which the rate holds for your calibration set, not only on "
        + "average over calibration sets (default: none; with --from, the model's).",
      valueName: "p|none"),
    transform: { try Confidence(parsing: $0) })
  var confidence: Confidence?

  @Option(
    help: ArgumentHelp(
      "Compute p-values over all calibration images (all), or only over those of the same predicted class "
        + "(class), so that the rate holds for every class (default: all; with --from, the model's).",
      valueName: "all|class"))
  var calibrationBy: CalibrationScope?
}

/// The probability that the rate holds for a calibration set. `none` means that it holds on average over
/// calibration sets.
struct Confidence: Sendable {
  /// nil for `none`.
  let share: Double?

  /// - Throws: `OddityError.usage` if the text is neither `none` nor a number between 0 and 1.
  init(parsing text: String) throws(OddityError) {
    if text == "none" {
      share = nil
      return
    }
    guard let number = Double(text), number > 0, number < 1 else {
      throw OddityError(
        .usage, "confidence \"\(text)\" is not between 0 and 1: pass a number such as 0.95, or none")
    }
    share = number
  }
}

extension CalibrationScope: ExpressibleByArgument {}

/// The flags of a recalibration.
struct RecalibrationFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Recalibrate this guarded model instead of fitting a classifier: with another --alpha, more images of "
        + "--calibration, or both.", valueName: "guarded"))
  var from: String?

  @Option(
    help: ArgumentHelp(
      "Calibrate from scores that another engine computed with this model on calibration images: one number "
        + "per line, or the lines of 'oddity score'.", valueName: "file"))
  var calibrationScores: String?

  @Flag(
    help: "Forget the images that the model was calibrated on, for example because the camera has drifted.")
  var resetCalibration = false

  func validate() throws {
    guard from == nil else { return }
    if calibrationScores != nil {
      throw ValidationError("--calibration-scores needs --from with a guarded model")
    }
    if resetCalibration { throw ValidationError("--reset-calibration needs --from with a guarded model") }
  }
}
