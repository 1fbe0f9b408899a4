import Foundation
import Imaging
import OddityModel
import ONNXGraph
import Engines

/// A fitted detector: the guarded model, and the measurements of the fit.
public struct Fit: Sendable {
  public let guarded: GuardedModel
  public let report: FitReport
  public let measurements: FitMeasurements
  /// Images that could not be used, each with the reason.
  public let failures: [ImagingError]

  /// Fits a detector to a classifier, using only in-distribution images.
  ///
  /// The fit streams once over the images. It measures FeatureNorm of every block and every score on the
  /// images and on pseudo-OOD images made from them. NormRatio, the selection of a block and split-conformal
  /// calibration follow (Yu et al., CVPR 2023).
  ///
  /// - Parameters:
  ///   - model: the classifier's ONNX file.
  ///   - inDistribution: images of the kind that the classifier was trained on.
  ///   - calibration: images that it was not trained on, which make the false-alarm rate hold. Without them,
  ///     a fifth of the images is used for calibration.
  /// - Throws: ``OddityError``, and the errors of the layers below: ``GraphError``, ``EngineError``,
  ///   ``ImagingError``.
  public init(
    model: URL, inDistribution: [any ImageSource], calibration: [any ImageSource] = [],
    options: FitOptions = FitOptions(), engine: Engine
  ) async throws {
    try await self.init(
      Model(contentsOf: model), at: model, inDistribution: inDistribution, calibration: calibration,
      options: options, engine: engine)
  }

  /// Fits a detector to a model that is already read.
  ///
  /// - Parameter file: the file of the model.
  package init(
    _ model: Model, at file: URL, inDistribution: [any ImageSource], calibration: [any ImageSource],
    options: FitOptions, engine: Engine
  ) async throws {
    // Computed now, because the file may be gone or changed when the fit ends.
    let sourceSHA256 = try SHA256.hex(ofModel: file)
    let setup = try FitSetup(model, engine: engine, options: options)
    if options.rawInput { try FittedInputs(inDistribution + calibration).checkRawInput() }
    let data = try setup.data(inDistribution, calibration: calibration)
    try data.requireImages()
    _ = try ConformalCalibration.rank(
      calibrationSize: data.count(of: .calibrate), alpha: options.alpha, confidence: options.confidence)
    var failures: [ImagingError] = []
    let observations = try await setup.observe(data) { failures.append($0) }
    let summary: FitSummary
    do {
      summary = try await FitSummary(setup, observations)
    } catch let error as OddityError {
      throw error.blaming(failures, used: observations.count)
    }
    guarded = try await summary.guarded(
      sourceSHA256: sourceSHA256, map: summary.map(of: data))
    var report = summary.report()
    report.add(InputWarning.unusable(failures))
    self.report = report
    measurements = summary.measurements(of: data)
    self.failures = failures
  }
}

extension OddityError {
  /// The same error, with the images that failed as its cause.
  ///
  /// - Parameter used: how many images could be used. If there are none, that is the error.
  fileprivate func blaming(_ failures: [ImagingError], used: Int) -> OddityError {
    guard let first = failures.first, let unusable = InputWarning.unusable(failures) else { return self }
    guard used > 0 else {
      return OddityError(
        .badData, "none of the \(failures.count) images could be used, the first because \(first)")
    }
    return OddityError(code, "\(message); \(unusable.text)", underlying: underlying)
  }
}

extension Fit {
  /// Fits a detector, given paths.
  ///
  /// - Parameters:
  ///   - model: the path of the classifier's ONNX file.
  ///   - inDistribution: folders, images, archives or arrays, opened by ``ImageSources``.
  ///   - calibration: the same, for images that the classifier was not trained on.
  /// - Throws: as ``init(model:inDistribution:calibration:options:engine:)``.
  public init(
    model: String, inDistribution: [String], calibration: [String] = [], options: FitOptions = FitOptions()
  ) async throws {
    try await self.init(
      model: URL(fileURLWithPath: model), inDistribution: inDistribution.map { try ImageSources.open($0) },
      calibration: calibration.map { try ImageSources.open($0) }, options: options, engine: Engine())
  }
}

/// The measurements of a fit beyond the numbers of its report, for drawing charts.
public struct FitMeasurements: Sendable {
  /// One image that was measured, and its position.
  public struct Image: Sendable {
    /// The source of the image, as a position in ``sources``.
    public let source: Int
    /// Its position among the source's items.
    public let position: Int
    public let part: Part
    /// The calibrated score.
    public let score: Float
    public let pValue: Double
    public let isOutlier: Bool
  }

  /// The measurements with one kind of pseudo-OOD images.
  public struct Kind: Sendable {
    /// The name in the form that ``PseudoOOD`` parses.
    public let name: String
    /// The FeatureNorms from which NormRatio is computed, with blocks in the order of the report.
    package let norms: PairedNorms
    /// The scores in the order of the report.
    public let scores: [PairedScores]
  }

  /// One fitted score on the select part and on the pseudo-OOD images made from it, in the same order.
  public struct PairedScores: Sendable {
    public let inDistribution: [Float]
    public let pseudoOOD: [Float]
  }

  /// The sources of the images. Calibration sources are last.
  public let sources: [any ImageSource]
  /// The images of the select and the calibrate part, which no score was fitted to.
  public let images: [Image]
  /// The kinds in the order in which they were requested. The first one selects the block.
  public let kinds: [Kind]
  package let calibration: DetectorCalibration
}
