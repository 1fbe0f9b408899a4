import Imaging
import OddityScores
import Engines

/// A guarded model with another calibration: another rate, more calibration images, or other ones. Nothing is
/// fitted again.
public struct Recalibration: Sendable {
  public let guarded: GuardedModel
  public let report: RecalibrationReport
  /// The images that could not be used, each with the reason.
  public let failures: [ImagingError]

  /// Calibrates from the stored scores and, if there are any, new images.
  ///
  /// - Parameters:
  ///   - calibration: in-distribution images that the classifier was not trained on. They are added to those
  ///     that the model was calibrated on, unless `resets`.
  ///   - engine: requested only if there are images to score.
  /// - Throws: ``OddityError`` `.usage` if there is nothing to calibrate on, `.tooFewCalibrationImages`; the
  ///   errors of ``Detector``.
  nonisolated(nonsending) public init(
    _ source: GuardedModel, calibration: [any ImageSource] = [], options: RecalibrationOptions = .init(),
    engine: @autoclosure () throws -> Engine
  ) async throws {
    let plan = try RecalibrationPlan(source, origin: .images, options: options)
    if source.metadata.rawInput != nil { try FittedInputs(calibration).checkRawInput() }
    try plan.check(newImages: calibration.reduce(0) { $0 + $1.items.count })
    var failures: [ImagingError] = []
    let new: CalibrationSample? =
      calibration.isEmpty
      ? nil
      : try await CalibrationSample(
        calibration, scoredBy: Detector(source, engine: engine(), options: options.run)
      ) { failures.append($0) }
    try self.init(
      plan, new: new, failures: failures,
      warning: RecalibrationWarning.newImages(new?.scores ?? [], known: plan.known?.scores ?? []))
  }

  /// Calibrates from scores of calibration images that another engine computed. The stored scores come from
  /// this engine, so they are forgotten.
  ///
  /// - Throws: ``OddityError`` `.badData` if the scores belong to another model, if one is not finite, or if
  ///   a required class is missing.
  public init(
    _ source: GuardedModel, scores file: ScoreFile, options: RecalibrationOptions = .init()
  ) throws {
    var options = options
    options.resets = true
    let plan = try RecalibrationPlan(source, origin: .scores, options: options)
    let new = try file.calibrationSample(of: source.metadata)
    // They are used only for a comparison, so damaged ones are ignored.
    let forgotten = (try? source.calibrationSample())?.scores ?? []
    try self.init(
      plan, new: new, failures: [],
      warning: RecalibrationWarning.givenScores(new.scores, forgotten: forgotten))
  }

  private init(
    _ plan: RecalibrationPlan, new: CalibrationSample?, failures: [ImagingError], warning: Warning?
  ) throws {
    let (calibration, sample) = try plan.calibration(with: new)
    guarded = try plan.guarded(calibration, on: sample)
    report = RecalibrationReport(
      guarded.metadata, knownImages: plan.known?.scores.count ?? 0, newImages: new?.scores.count ?? 0,
      calibration: calibration, warnings: [warning, plan.forgotten, InputWarning.unusable(failures)])
    self.failures = failures
  }
}

extension CalibrationSample {
  /// The scores that a guarded model gives to images.
  ///
  /// - Parameter failed: called for every image that cannot be read or decoded.
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
              "'\(image.item.name)' has a score that is not a finite number: leave the image out or correct "
                + "it"))
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
