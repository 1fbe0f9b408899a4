import OddityScores

/// Warnings about new calibration scores, compared with those that a model was calibrated on.
enum RecalibrationWarning {
  /// For images that are added to the stored ones.
  static func newImages(_ new: [Float], known: [Float]) -> Warning? {
    copies(new, of: known)
      ?? drift(new, from: known).map {
        Warning(
          .calibrationDrift,
          "the scores of the new calibration images are distributed differently from those that the model "
            + "was calibrated on (\($0)): if the camera or the scene has changed, pass \(.resets) to use "
            + "only the new images")
      }
  }

  /// For scores that replace the stored ones.
  static func givenScores(_ new: [Float], forgotten: [Float]) -> Warning? {
    drift(new, from: forgotten).map {
      Warning(
        .calibrationDrift,
        "the given scores are distributed differently from those that the model was calibrated on (\($0)): "
          + "they come from other images, another precision or another model; use \(.verification) to check "
          + "that the engine computes this model correctly")
    }
  }

  /// Warns if half of the new scores are bitwise equal to stored scores. Rounded scores are equal by
  /// chance.
  private static func copies(_ new: [Float], of known: [Float]) -> Warning? {
    let there = Set(known)
    let count = new.count { there.contains($0) }
    guard count > 0, 2 * count >= new.count, there.count > new.count / 4, !known.areRounded else {
      return nil
    }
    return Warning(
      .calibrationCopies,
      "\(count) of \(new.count) new calibration images have exactly the scores of images that the model was "
        + "calibrated on: images that count twice make the false-alarm rate less certain than reported; pass "
        + "images that are new"
    )
  }

  /// How far two distributions are apart, if chance does not explain the distance.
  private static func drift(_ new: [Float], from known: [Float]) -> String? {
    let test = DriftTest(known, new)
    guard test.pValue < significance else { return nil }
    return "Kolmogorov–Smirnov distance \(Numbers.fixed(test.distance, 3)), p < \(significance)"
  }

  private static let significance = 0.001
}
