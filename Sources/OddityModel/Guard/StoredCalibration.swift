import Foundation
import OddityScores

/// A guarded model contains its calibration scores, so that `oddity fit --from` can recalibrate it.
extension CalibrationSample {
  /// The metadata key of the calibration scores.
  static let key = "oddity.calibration"

  /// The format in the file: little-endian numbers in base64.
  private struct Stored: Codable {
    /// float32 for each image.
    let scores: Data
    /// int32 for each image.
    let classes: Data?
  }

  func json() throws -> String {
    try Stored(
      scores: Data(littleEndian: scores.map(\.bitPattern)),
      classes: classes.map { Data(littleEndian: $0.map { UInt32(truncatingIfNeeded: $0) }) }
    ).json()
  }

  fileprivate init?(json: String) {
    guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(json.utf8)),
      let scores = stored.scores.littleEndianWords(UInt32.self)
    else { return nil }
    let classes = stored.classes.map {
      $0.littleEndianWords(UInt32.self)?.map { Int(Int32(bitPattern: $0)) } ?? []
    }
    guard let sample = try? CalibrationSample(scores: scores.map { Float(bitPattern: $0) }, classes: classes)
    else { return nil }
    self = sample
  }
}

extension GuardedModel {
  /// The calibration images of the model; nil in files of versions 1 and 2, which do not contain them.
  ///
  /// - Throws: ``OddityError`` `.badModel` if they are damaged.
  package func calibrationSample() throws(OddityError) -> CalibrationSample? {
    guard let json = model.metadata[CalibrationSample.key] else { return nil }
    guard let sample = CalibrationSample(json: json), sample.scores.count == metadata.calibrationSize else {
      throw OddityError(.badModel, "\(model.name) has calibration scores that are damaged: fit it again")
    }
    return sample
  }

  /// The calibration computed from the stored scores; nil in files of versions 1 and 2.
  ///
  /// - Throws: ``OddityError`` `.badModel` if the scores are damaged, or too few for the settings in the
  ///   metadata.
  func storedCalibration() throws(OddityError) -> DetectorCalibration? {
    guard let sample = try calibrationSample() else { return nil }
    do {
      return try DetectorCalibration(
        sample, alpha: Alpha(parsing: metadata.alpha), confidence: metadata.confidence,
        fitCounts: metadata.calibrationScope == .byClass ? metadata.fitClassCounts : nil)
    } catch {
      throw OddityError(
        .badModel,
        "\(model.name) has metadata that do not fit its calibration scores (\(error)): fit it again",
        underlying: error)
    }
  }

  /// - Throws: ``OddityError`` `.badModel` if the threshold in the metadata is not the one that the
  ///   calibration scores give.
  func refuseContradictoryThreshold() throws(OddityError) {
    guard let calibration = try storedCalibration() else { return }
    var renewed = metadata
    renewed.take(calibration, from: metadata.calibrationOrigin ?? .images)
    guard metadata.threshold == renewed.threshold, metadata.calibrationRank == renewed.calibrationRank,
      metadata.calibrationGroups == renewed.calibrationGroups,
      zip(metadata.falseAlarmInterval, renewed.falseAlarmInterval).allSatisfy({ abs($0 - $1) < 1e-3 })
    else {
      throw OddityError(
        .badModel,
        "\(model.name) names thresholds that do not follow from its calibration scores, which give \(renewed.threshold) over all "
          + "images: its metadata were changed, so take the file from where it was fitted")
    }
  }
}
