/// What a recalibration found, as `oddity fit --from --json` prints it.
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
  /// By class, what decides in place of `threshold`; else nil.
  public let calibrationGroups: [CalibrationGroup]?
  /// All that it is calibrated on.
  public let calibrationImages: Int
  /// How many of them the model knew already.
  public let knownImages: Int
  public let newImages: Int
  public let warning: String?
  /// The guarded model's path.
  public var output: String?

  private enum CodingKeys: String, CodingKey {
    case score, alpha, confidence, threshold
    case falseAlarmInterval = "false_alarm_interval"
    case calibrationScope = "calibration_by"
    case calibrationGroups = "calibration_groups"
    case calibrationImages = "calibration_images"
    case knownImages = "known_images"
    case newImages = "new_images"
    case warning, output
  }

  init(_ metadata: GuardMetadata, known: [Float], new: [Float], calibration: DetectorCalibration) {
    score = metadata.score
    alpha = calibration.pooled.alpha.value
    confidence = metadata.confidence
    threshold = metadata.threshold
    falseAlarmInterval = metadata.falseAlarmInterval
    calibrationScope = calibration.scope
    calibrationGroups = metadata.calibrationGroups
    calibrationImages = metadata.calibrationSize
    (knownImages, newImages) = (known.count, new.count)
    warning = FitWarning.joined([
      Self.copies(known, new) ?? Self.drift(known, new),
      FitWarning.unflagged(calibration, labels: metadata.labels),
    ])
  }

  /// Half of the new scores are, to the last bit, scores that are there already.
  private static func copies(_ known: [Float], _ new: [Float]) -> String? {
    let there = Set(known)
    let count = new.count { there.contains($0) }
    guard count > 0, 2 * count >= new.count, there.count > new.count / 4 else { return nil }
    return
      "\(count) of \(new.count) new calibration images have the very scores of images that the model was calibrated on: "
      + "images that count twice make the false-alarm rate less certain than it is said to be; pass new ones"
  }

  private static func drift(_ known: [Float], _ new: [Float]) -> String? {
    let test = DriftTest(known, new)
    guard test.pValue < significance else { return nil }
    return
      "the new calibration images score unlike those that the model was calibrated on (Kolmogorov–Smirnov distance "
      + "\(Numbers.fixed(test.distance, 3)), p < \(significance)): where the camera or the scene has changed, pass "
      + "--reset-calibration, so that the new ones alone count"
  }

  private static let significance = 0.001
}
