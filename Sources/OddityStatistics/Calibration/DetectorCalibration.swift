import OddityFiles

/// The calibration of a detector: over all images together, or by predicted class.
package struct DetectorCalibration: Sendable {
  /// The calibration over all images together, which decides unless there are ``classes``.
  package let pooled: ConformalCalibration
  /// The calibration by predicted class; nil if all images are calibrated together.
  package let classes: ClassCalibration?

  /// - Parameter fitCounts: the number of images of the fit part predicted as each class; nil calibrates all
  ///   images together.
  /// - Throws: as ``ConformalCalibration``; ``OddityError`` `.badData` if calibration by class lacks the
  ///   classes of the calibration images.
  package init(
    _ sample: CalibrationSample, alpha: Alpha, confidence: Double?, fitCounts: [Int]?
  ) throws(OddityError) {
    pooled = try ConformalCalibration(scores: sample.scores, alpha: alpha, confidence: confidence)
    guard let fitCounts else {
      classes = nil
      return
    }
    guard let known = sample.classes else {
      throw OddityError(
        .badData,
        "calibration by class needs the predicted class of every calibration image: give \"class\" beside \"score\""
      )
    }
    let groups = ClassGroups(
      fitCounts: fitCounts, calibrationSize: sample.scores.count,
      smallest: ConformalCalibration.smallestSize(alpha: alpha, confidence: confidence))
    classes = try ClassCalibration(
      scores: sample.scores, classes: known, groups: groups, alpha: alpha, confidence: confidence)
  }

  package var scope: CalibrationScope { classes == nil ? .all : .byClass }

  /// The calibration that decides on images of this predicted class.
  package func calibration(ofClass index: Int) -> ConformalCalibration { classes?[index] ?? pooled }

  /// The central 95 % of the long-run false-alarm rate that this one calibration set may give.
  package var falseAlarmInterval: ConfidenceInterval {
    classes?.falseAlarmInterval ?? pooled.falseAlarmInterval
  }

  /// The groups of classes; nil if all images are calibrated together.
  package var groupReports: [CalibrationGroup]? {
    classes.map { zip($0.groups.classes, $0.parts).map { CalibrationGroup(classes: $0, $1) } }
  }
}

/// Classes that are calibrated together, as results show them.
public struct CalibrationGroup: Codable, Sendable, Equatable {
  /// Indices of the classes, ascending.
  public let classes: [Int]
  public let calibrationImages: Int
  /// k. If it is zero, no image that is predicted as one of the classes can be flagged.
  public let rank: Int
  /// The k-th smallest calibration score of the group; nil if k is zero.
  public let threshold: Double?
  /// The central 95 % of the group's long-run false-alarm rate.
  public let falseAlarmInterval: [Double]

  private enum CodingKeys: String, CodingKey {
    case classes
    case calibrationImages = "calibration_images"
    case rank, threshold
    case falseAlarmInterval = "false_alarm_interval"
  }

  init(classes: [Int], _ calibration: ConformalCalibration) {
    self.classes = classes
    calibrationImages = calibration.scores.count
    rank = calibration.rank
    threshold = calibration.rank > 0 ? Double(calibration.threshold) : nil
    falseAlarmInterval = calibration.falseAlarmInterval.ifFinite ?? [0, 1]
  }

  /// The first classes by name, and how many more there are.
  package func names(_ labels: [String]?) -> String {
    let names = classes.prefix(Self.namesShown).map { labels?[$0] ?? "class \($0)" }
    let rest = classes.count - names.count
    return names.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }

  private static let namesShown = 5
}

/// The results of the calibration images, from which a calibration is computed.
package struct CalibrationSample: Sendable, Equatable {
  /// The calibrated score of each image.
  package let scores: [Float]
  /// The predicted class of each image; nil if the program that computed the scores did not give it.
  package let classes: [Int]?

  /// - Throws: ``OddityError`` `.badData` if the numbers of classes and scores differ.
  package init(scores: [Float], classes: [Int]?) throws(OddityError) {
    if let classes, classes.count != scores.count {
      throw OddityError(
        .badData,
        "there are \(scores.count) calibration scores, but \(classes.count) classes: there must be one class "
          + "for each score")
    }
    (self.scores, self.classes) = (scores, classes)
  }

  /// All images of the samples. Classes are known if all samples know them.
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

/// The origin of the calibration scores. Scores of different engines cannot be combined.
public enum CalibrationOrigin: String, Sendable, Codable {
  /// Oddity computed them from images.
  case images
  /// Another engine computed them.
  case scores
}

/// The calibration images with which an image is compared for its p-value.
public enum CalibrationScope: String, Sendable, Codable, CaseIterable {
  /// All calibration images together.
  case all
  /// Calibration images of the same predicted class.
  case byClass = "class"
}
