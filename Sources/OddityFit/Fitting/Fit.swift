import Foundation
import Imaging
import OddityModel
import ONNXGraph
import Engines

/// A fitted detector: the guarded model, and what was measured on the way.
public struct Fit: Sendable {
  public let guarded: GuardedModel
  public let report: FitReport
  public let measurements: FitMeasurements
  /// Images that could not be used, each with the reason.
  public let failures: [ImagingError]

  /// Fits a detector to a classifier from in-distribution images alone.
  ///
  /// One streaming pass: FeatureNorm of every block and every score on the images and on their pseudo-OOD images,
  /// then NormRatio, selection and split-conformal calibration (Yu et al., CVPR 2023).
  ///
  /// - Parameters:
  ///   - model: the classifier's ONNX file.
  ///   - inDistribution: images of the kind that the classifier was trained on.
  ///   - calibration: images that it was not trained on, for a false-alarm rate that holds; without
  ///     them, a fifth of the images calibrates.
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

  /// The same of a model that is read already.
  ///
  /// - Parameter file: where it was read.
  package init(
    _ model: Model, at file: URL, inDistribution: [any ImageSource], calibration: [any ImageSource],
    options: FitOptions, engine: Engine
  ) async throws {
    // Now, since the file may be gone or another one when the images are through.
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
  /// The same error, with the images that were missing for it.
  ///
  /// - Parameter used: how many images could be used; where there are none, that is what went wrong.
  fileprivate func blaming(_ failures: [ImagingError], used: Int) -> OddityError {
    guard let first = failures.first, let unusable = InputWarning.unusable(failures) else { return self }
    guard used > 0 else {
      return OddityError(
        .badData, "not one of \(failures.count) images could be used, the first because \(first)")
    }
    return OddityError(code, "\(message); \(unusable.text)", underlying: underlying)
  }
}

extension Fit {
  /// Fits a detector, given where things are.
  ///
  /// - Parameters:
  ///   - model: the path of the classifier's ONNX file.
  ///   - inDistribution: folders, images, archives or arrays, as ``ImageSources`` opens them.
  ///   - calibration: the same, of images that the classifier was not trained on.
  /// - Throws: as ``init(model:inDistribution:calibration:options:engine:)``.
  public init(
    model: String, inDistribution: [String], calibration: [String] = [], options: FitOptions = FitOptions()
  ) async throws {
    try await self.init(
      model: URL(fileURLWithPath: model), inDistribution: inDistribution.map { try ImageSources.open($0) },
      calibration: calibration.map { try ImageSources.open($0) }, options: options, engine: Engine())
  }
}

/// What a fit measured, beyond the numbers of its report: enough to draw it.
public struct FitMeasurements: Sendable {
  /// One image that was measured, and where it is found again.
  public struct Image: Sendable {
    /// The image's source, a position in ``sources``.
    public let source: Int
    /// Its position among the source's items.
    public let position: Int
    public let part: Part
    /// The calibrated score.
    public let score: Float
    public let pValue: Double
    public let isOutlier: Bool
  }

  /// What was measured with one kind of pseudo-OOD images.
  public struct Kind: Sendable {
    /// As ``PseudoOOD`` parses it.
    public let name: String
    /// FeatureNorms that NormRatio is taken of, blocks in the report's order.
    package let norms: PairedNorms
    /// In the order of the report's scores.
    public let scores: [PairedScores]
  }

  /// One fitted score on the select part and on its pseudo-OOD images, in the same order.
  public struct PairedScores: Sendable {
    public let inDistribution: [Float]
    public let pseudoOOD: [Float]
  }

  /// The sources of the images, those of calibration last.
  public let sources: [any ImageSource]
  /// The images of the select and the calibrate part: those that no score was fitted to.
  public let images: [Image]
  /// In the order in which they were asked for; the first one selects.
  public let kinds: [Kind]
  package let calibration: DetectorCalibration
}
