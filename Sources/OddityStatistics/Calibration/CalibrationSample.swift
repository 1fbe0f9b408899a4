import OddityFiles

/// What the calibration images said: all that a calibration is made of.
package struct CalibrationSample: Sendable, Equatable {
  /// The calibrated score of each image.
  package let scores: [Float]
  /// Its predicted class; nil where a program that computed the scores did not tell.
  package let classes: [Int]?

  /// - Throws: ``OddityError`` `.badData` where there are not as many classes as scores.
  package init(scores: [Float], classes: [Int]?) throws(OddityError) {
    if let classes, classes.count != scores.count {
      throw OddityError(.badData, "\(scores.count) calibration scores with \(classes.count) classes")
    }
    (self.scores, self.classes) = (scores, classes)
  }

  /// All images of both. Classes are known where all samples know them.
  package static func joining(
    _ first: CalibrationSample?, _ second: CalibrationSample?
  ) throws(OddityError) -> CalibrationSample {
    let samples = [first, second].compactMap { $0 }
    let classes = samples.compactMap(\.classes)
    return try CalibrationSample(
      scores: samples.flatMap(\.scores),
      classes: classes.count == samples.count ? Array(classes.joined()) : nil)
  }
}

/// Where the scores of the calibration images come from: those of different engines do not mix.
public enum CalibrationOrigin: String, Sendable, Codable {
  /// Oddity computed them of images.
  case images
  /// Another engine computed them, and `--calibration-scores` gave them.
  case scores
}

/// Over which images an image's p-value is taken.
public enum CalibrationScope: String, Sendable, Codable, CaseIterable {
  /// All calibration images together.
  case all
  /// Those of the same predicted class.
  case byClass = "class"
}
