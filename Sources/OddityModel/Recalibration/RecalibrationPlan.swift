import OddityScores

/// Everything in a recalibration except new images, so that errors are found before an image is scored.
struct RecalibrationPlan {
  private let source: GuardedModel
  /// The model that the calibration is appended to.
  private let uncalibrated: UncalibratedModel
  /// The calibration images to keep; nil if none are stored, or if they are forgotten.
  let known: CalibrationSample?
  /// The origin of the scores in the new calibration.
  private let origin: CalibrationOrigin
  private let alpha: Alpha
  private let confidence: Double?
  /// The number of images of the fit part predicted as each class; nil calibrates all images together.
  private let fitCounts: [Int]?

  /// - Parameter origin: the origin of the new scores.
  /// - Throws: ``OddityError`` `.usage` if the model lacks something that was requested, `.badModel` if it
  ///   cannot be recalibrated.
  init(_ source: GuardedModel, origin: CalibrationOrigin, options: RecalibrationOptions) throws {
    self.source = source
    known = options.resets ? nil : try source.calibrationSample()
    uncalibrated = try UncalibratedModel(source, keepsMap: known != nil)
    self.origin = known == nil ? origin : source.metadata.calibrationOrigin ?? .images
    alpha = try options.alpha ?? Alpha(parsing: source.metadata.alpha)
    confidence = options.confidence ?? (options.dropsConfidence ? nil : source.metadata.confidence)
    let scope = options.calibrationScope ?? source.metadata.calibrationScope ?? .all
    if scope == .byClass {
      try LogitForm(source.metadata.headKind, classes: source.metadata.classes)
        .checkCalibrationByClass(model: source.model.name)
    }
    fitCounts = scope == .byClass ? try source.knownFitCounts() : nil
    guard options.resets || known != nil else {
      throw OddityError(
        .usage,
        "\(source.model.name) does not carry its calibration scores, since an earlier Oddity fitted it: pass calibration "
          + "images with \(.calibration), and \(.resets)")
    }
  }

  /// Reports errors that scoring images could not correct.
  ///
  /// - Parameter newImages: the greatest possible number of new images.
  /// - Throws: ``OddityError`` `.usage`, `.badData`, `.tooFewCalibrationImages`.
  func check(newImages: Int) throws(OddityError) {
    guard known != nil || newImages > 0 else {
      throw OddityError(
        .usage, "\(.resets) forgets the calibration images: pass new ones with \(.calibration)")
    }
    if known != nil, newImages > 0, origin == .scores {
      throw OddityError(
        .usage,
        "\(source.model.name) was calibrated on scores of another engine, which cannot be combined with "
          + "scores of this one: pass \(.resets) to use only the images of \(.calibration), or pass the "
          + "other engine's scores of all images with \(.calibrationScores)")
    }
    if fitCounts != nil, let known, known.classes == nil {
      throw OddityError(
        .usage,
        "\(source.model.name) was calibrated on scores without classes: to calibrate by class, pass \(.resets) "
          + "with new images, or \(.calibrationScores) with \"class\" beside \"score\"")
    }
    _ = try ConformalCalibration.rank(
      calibrationSize: (known?.scores.count ?? 0) + newImages, alpha: alpha, confidence: confidence)
  }

  /// The calibration on the stored and the new images.
  func calibration(
    with new: CalibrationSample?
  ) throws(OddityError) -> (calibration: DetectorCalibration, sample: CalibrationSample) {
    let sample = try CalibrationSample.joining(known, new)
    return (
      try DetectorCalibration(sample, alpha: alpha, confidence: confidence, fitCounts: fitCounts), sample
    )
  }

  /// The same model with another calibration. The inputs and scores to verify a copy with stay.
  func guarded(_ calibration: DetectorCalibration, on sample: CalibrationSample) throws -> GuardedModel {
    var metadata = source.metadata
    metadata.renewFormat()
    metadata.confidence = confidence
    metadata.take(calibration, from: origin)
    if known == nil { (metadata.confidenceTemperature, metadata.map) = (nil, nil) }
    return try GuardedModel(
      GuardedGraph(uncalibrated, calibration: calibration), metadata: metadata, sample: sample,
      verification: source.model.metadata[GuardMetadata.verificationKey] == nil
        ? nil : source.verification().json(),
      signatures: signatures(), accuracy: known == nil ? nil : source.learnedAccuracy(),
      map: known == nil ? nil : source.storedMap)
  }

  /// A warning about everything that is lost with the calibration images, because it was learnt from them.
  var forgotten: Warning? {
    guard known == nil else { return nil }
    let parts = [
      source.carriesSignatures ? "the signatures that a diagnosis compares with" : nil,
      source.metadata.confidenceTemperature == nil
        ? nil : "the calibrated confidence and the accuracy to expect",
      source.metadata.map == nil ? nil : "the map of positions",
    ].compactMap(\.self)
    guard !parts.isEmpty else { return nil }
    return Warning(
      .learntForgotten,
      "the model forgets its calibration images and what was learnt from them: "
        + "\(parts.joined(separator: "; ")); to have these again, fit the model again"
    )
  }

  /// The signatures for a diagnosis; nil if the calibration images, which they were made from, are forgotten.
  private func signatures() throws(OddityError) -> StoredSignatures? {
    guard known != nil, source.carriesSignatures else { return nil }
    return try source.signatures()
  }
}

extension GuardedModel {
  /// The number of images of the fit part predicted as each class.
  fileprivate func knownFitCounts() throws(OddityError) -> [Int] {
    guard let counts = metadata.fitClassCounts else {
      throw OddityError(
        .usage,
        "\(model.name) does not store how frequent its classes are, because an earlier Oddity fitted it: to "
          + "calibrate by class, fit it again")
    }
    return counts
  }
}

/// The settings of a recalibration. What is nil stays as it is in the model.
public struct RecalibrationOptions: Sendable {
  /// The promised false-alarm rate.
  public var alpha: Alpha?
  /// With a confidence P, the rate holds for a share P of calibration sets.
  public var confidence: Double?
  /// Whether the rate holds on average over calibration sets, whatever confidence the model was calibrated
  /// with.
  public var dropsConfidence = false
  /// The images over which p-values are taken.
  public var calibrationScope: CalibrationScope?
  /// Whether to forget the stored calibration images instead of adding the new ones, for example because a
  /// camera has drifted.
  public var resets = false
  public var run = RunOptions()

  public init() {}
}
