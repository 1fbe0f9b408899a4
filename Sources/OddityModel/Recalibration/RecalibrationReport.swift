import OddityScores

/// The result of a recalibration, as `oddity fit --from --json` prints it.
public struct RecalibrationReport: Codable, Sendable {
  /// The calibrated score.
  public let score: String
  public let alpha: Double
  public let confidence: Double?
  /// The ⌊alpha·(n+1)⌋-th smallest calibration score.
  public let threshold: Double
  /// Central 95 % of the long-run false-alarm rate that this calibration set may give.
  public let falseAlarmInterval: [Double]
  public let calibrationScope: CalibrationScope
  /// For calibration by class, the groups that decide instead of `threshold`; otherwise nil.
  public let calibrationGroups: [CalibrationGroup]?
  /// The number of all calibration images.
  public let calibrationImages: Int
  /// How many of them were stored in the model before.
  public let knownImages: Int
  public let newImages: Int
  /// The warnings of the recalibration as one text.
  package let warning: String?
  /// All warnings.
  public let warnings: [Warning]
  /// The guarded model's path.
  public var output: String?

  /// The warnings without those that were already printed for single images.
  public var warningsToSay: [Warning] { warnings.filter { !Warning.saidOnTheWay.contains($0.code) } }

  private enum CodingKeys: String, CodingKey {
    case score, alpha, confidence, threshold
    case falseAlarmInterval = "false_alarm_interval"
    case calibrationScope = "calibration_by"
    case calibrationGroups = "calibration_groups"
    case calibrationImages = "calibration_images"
    case knownImages = "known_images"
    case newImages = "new_images"
    case warning, warnings, output
  }

  /// - Parameter warnings: about the new images and their scores.
  init(
    _ metadata: GuardMetadata, knownImages: Int, newImages: Int, calibration: DetectorCalibration,
    warnings: [Warning?]
  ) {
    score = metadata.score
    alpha = calibration.pooled.alpha.value
    confidence = metadata.confidence
    threshold = metadata.threshold
    falseAlarmInterval = metadata.falseAlarmInterval
    calibrationScope = calibration.scope
    calibrationGroups = metadata.calibrationGroups
    calibrationImages = metadata.calibrationSize
    (self.knownImages, self.newImages) = (knownImages, newImages)
    self.warnings =
      (warnings + [
        CalibrationWarning.singleGroup(calibration),
        CalibrationWarning.unflagged(calibration, labels: metadata.labels),
      ]).compactMap { $0 }
    warning = self.warnings.filter { !Warning.saidOnTheWay.contains($0.code) }.joined
  }
}
