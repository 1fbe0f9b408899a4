import ArgumentParser

/// What calibrates a guarded model anew.
struct RecalibrationFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Calibrate this guarded model anew in place of fitting a classifier: with another --alpha, further images of "
        + "--calibration, or both.", valueName: "guarded"))
  var from: String?

  @Option(
    help: ArgumentHelp(
      "Calibrate from scores of calibration images that another engine computed with the model: a number on each "
        + "line, or lines of 'oddity score'.", valueName: "file"))
  var calibrationScores: String?

  @Flag(
    help: "Forget the images that the model was calibrated on: for a camera that has drifted.")
  var resetCalibration = false

  func validate() throws {
    guard from == nil else { return }
    if calibrationScores != nil {
      throw ValidationError("--calibration-scores needs --from with a guarded model")
    }
    if resetCalibration { throw ValidationError("--reset-calibration needs --from with a guarded model") }
  }
}
