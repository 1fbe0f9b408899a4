import OddityStatistics

/// How confident a classifier is in images whose true class is known, summed: those that are held out apart from the others.
struct ConfidenceSums: Codable, Sendable, Equatable {
  private var id = 0.0
  private var calibration = 0.0

  /// - Parameter confidence: of one image; one that is no number (a logit is NaN) counts as none.
  mutating func append(_ confidence: Double, part: Part) {
    guard confidence.isFinite else { return }
    if part.isHeldOut { calibration += confidence } else { id += confidence }
  }

  mutating func append(_ other: ConfidenceSums) {
    id += other.id
    calibration += other.calibration
  }

  /// The mean over so many images.
  func mean(ofCalibration: Bool, images: Int) -> Double {
    (ofCalibration ? calibration : id) / Double(images)
  }
}
