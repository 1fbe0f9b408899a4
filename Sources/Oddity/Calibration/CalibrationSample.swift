/// What the calibration images said: all that a calibration is made of.
public struct CalibrationSample: Sendable, Equatable {
  /// The calibrated score of each image.
  public let scores: [Float]
  /// Its predicted class; nil where a program that computed the scores did not tell.
  public let classes: [Int]?

  /// - Throws: ``OddityError`` `.badData` where there are not as many classes as scores.
  public init(scores: [Float], classes: [Int]?) throws(OddityError) {
    if let classes, classes.count != scores.count {
      throw OddityError(.badData, "\(scores.count) calibration scores with \(classes.count) classes")
    }
    (self.scores, self.classes) = (scores, classes)
  }

  /// These and further images. Classes are known where both know them.
  func appending(_ other: CalibrationSample) throws(OddityError) -> CalibrationSample {
    let classes = classes.flatMap { own in other.classes.map { own + $0 } }
    return try CalibrationSample(scores: scores + other.scores, classes: classes)
  }
}

/// Over which images an image's p-value is taken.
public enum CalibrationScope: String, Sendable, Codable, CaseIterable {
  /// All calibration images together.
  case all
  /// Those of the same predicted class.
  case byClass = "class"
}
