import OddityStatistics
import OddityClassifier

/// How a guarded model is calibrated anew; what is nil stays as it is in the model.
public struct RecalibrationOptions: Sendable {
  /// The false-alarm rate promised.
  public var alpha: Alpha?
  /// With a confidence P the rate holds for a share P of calibration sets.
  public var confidence: Double?
  /// Keeps the rate on average over calibration sets, whatever confidence the model was calibrated with.
  public var dropsConfidence = false
  /// Over which images p-values are taken.
  public var calibrationScope: CalibrationScope?
  /// Forgets the calibration images that the model knows, in place of adding the new ones to them: for a camera that has
  /// drifted.
  public var resets = false
  public var run = RunOptions()

  public init() {}
}
