import Imaging
import OpenVINORuntime

/// A guarded model with another calibration: another rate, further calibration images, or others. Nothing is fitted anew.
public struct Recalibration: Sendable {
  public let guarded: GuardedModel
  public let report: RecalibrationReport
  /// Images that could not be used, each with the reason.
  public let failures: [ImagingError]

  /// Calibrates from what the model knows and, where there are any, new images.
  ///
  /// - Parameters:
  ///   - calibration: in-distribution images that the classifier was not trained on. They are added to those that the model
  ///     was calibrated on, unless `resets`.
  ///   - engine: asked for only where there are images to score.
  /// - Throws: ``OddityError`` `.usage` where there is nothing to calibrate on, `.tooFewCalibrationImages`; the errors of
  ///   ``Detector``.
  public init(
    _ source: GuardedModel, calibration: [any ImageSource] = [], options: RecalibrationOptions = .init(),
    engine: @autoclosure () throws -> Engine
  ) async throws {
    var failures: [ImagingError] = []
    let new: CalibrationSample? =
      calibration.isEmpty
      ? nil
      : try await CalibrationSample(
        calibration, scoredBy: Detector(source, engine: engine(), options: options.run)
      ) { failures.append($0) }
    try self.init(source, new: new, failures: failures, options: options)
  }

  /// Calibrates from scores that another engine gave to calibration images. Those that the model knows are of this engine
  /// and are forgotten.
  ///
  /// - Throws: ``OddityError`` `.badData` where a score is not finite, or a class is missing that is needed.
  public init(
    _ source: GuardedModel, scores file: ScoreFile, options: RecalibrationOptions = .init()
  ) throws {
    var options = options
    options.resets = true
    try self.init(source, new: file.calibrationSample(), failures: [], options: options)
  }

  private init(
    _ source: GuardedModel, new: CalibrationSample?, failures: [ImagingError], options: RecalibrationOptions
  ) throws {
    let known = options.resets ? nil : try source.calibrationSample()
    let sample = try Self.sample(known, new, of: source, resets: options.resets)
    let metadata = source.metadata
    let scope = options.calibrationScope ?? metadata.calibrationScope ?? .all
    let calibration = try DetectorCalibration(
      sample, alpha: options.alpha ?? Alpha(parsing: metadata.alpha),
      confidence: options.confidence ?? metadata.confidence,
      fitCounts: scope == .byClass ? source.knownFitCounts() : nil)
    guarded = try source.calibrated(by: calibration, on: sample, confidence: options.confidence)
    report = RecalibrationReport(
      guarded.metadata, known: known?.scores ?? [], new: new?.scores ?? [], calibration: calibration)
    self.failures = failures
  }

  private static func sample(
    _ known: CalibrationSample?, _ new: CalibrationSample?, of source: GuardedModel, resets: Bool
  ) throws(OddityError) -> CalibrationSample {
    switch (known, new) {
    case (let known?, let new?): return try known.appending(new)
    case (let known?, nil): return known
    case (nil, let new?) where resets: return new
    case (nil, _) where resets:
      throw OddityError(
        .usage, "--reset-calibration forgets the calibration images: pass new ones with --calibration")
    case (nil, _):
      throw OddityError(
        .usage,
        "\(source.model.name) has format version \(source.metadata.format), which does not carry its calibration scores: "
          + "pass calibration images with --calibration, and --reset-calibration")
    }
  }
}

extension GuardedModel {
  /// Images of the fit part predicted as each class.
  fileprivate func knownFitCounts() throws(OddityError) -> [Int] {
    guard let counts = metadata.fitClassCounts else {
      throw OddityError(
        .usage,
        "\(model.name) has format version \(metadata.format), which does not tell how frequent classes are: fit it again "
          + "to calibrate by class")
    }
    return counts
  }

  /// The same model with another calibration. What a copy is verified with stays.
  fileprivate func calibrated(
    by calibration: DetectorCalibration, on sample: CalibrationSample, confidence: Double?
  ) throws -> GuardedModel {
    var metadata = metadata
    metadata.format = GuardMetadata.currentFormat
    metadata.oddityVersion = Oddity.oddityVersion
    metadata.confidence = confidence ?? metadata.confidence
    metadata.take(calibration)
    return try GuardedModel(
      GuardedGraph(self, calibration: calibration), metadata: metadata, sample: sample,
      verification: model.metadata[Verification.key] == nil ? nil : verification())
  }
}

extension CalibrationSample {
  /// The scores that a guarded model gives to images.
  ///
  /// - Parameter failed: told of every image that cannot be read or decoded.
  fileprivate init(
    _ sources: [any ImageSource], scoredBy detector: Detector, failed: (ImagingError) -> Void
  ) async throws {
    var scores: [Float] = []
    var classes: [Int] = []
    for source in sources {
      try await detector.score(source) { outcome in
        switch outcome.result {
        case .success(let image) where !image.score.isFinite:
          failed(
            ImagingError(
              .badSource,
              "'\(image.item.name)' has a score that is no finite number; leave it out or mend it"))
        case .success(let image):
          scores.append(image.score)
          classes.append(image.classIndex)
        case .failure(let error): failed(error)
        }
      }
    }
    try self.init(scores: scores, classes: classes)
  }
}
