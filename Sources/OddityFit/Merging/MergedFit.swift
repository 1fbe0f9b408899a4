import Foundation
import Imaging
import OddityModel
import ONNXGraph
import Engines

/// A detector fitted from the parts that several machines left: the same as one machine had fitted from all of the images.
///
/// Block, samples and banks are the same; sums are added in another order, so numbers may differ in their last digits.
public struct MergedFit: Sendable {
  public let guarded: GuardedModel
  public let report: FitReport

  /// Selects, fits, and calibrates.
  ///
  /// - Parameters:
  ///   - model: the classifier's ONNX file, that which the parts were made of.
  ///   - parts: the paths of files that ``PartialFit`` wrote, in any order.
  ///   - rawInput: whether the guarded model's file takes pixels, as ``FitOptions/rawInput``.
  ///   - options: how the engine runs here.
  /// - Throws: ``OddityError`` `.badData`, naming the file, for one that is no part, is cut short or damaged, was made of
  ///   another model or on other terms, or holds the images of another one, and where a shard is missing; else as ``Fit``
  ///   does.
  public init(
    model url: URL, parts paths: [String], rawInput: Bool = false, options: RunOptions = RunOptions(),
    engine: Engine
  ) async throws {
    let model = try Model(contentsOf: url)
    let sourceSHA256 = try SHA256.hex(ofModel: url)
    let parts = try PartSet(paths: paths)
    guard try model.fingerprint() == parts.terms.model else {
      throw OddityError(
        .badData,
        "\(parts.parts[0].path) was made of another model than \(url.relativePath): name that one with \(.model)"
      )
    }
    var fitOptions = try parts.terms.options(run: options)
    fitOptions.rawInput = rawInput
    let unwarned = try FitSetup(
      model, engine: engine, options: fitOptions, preprocessing: parts.terms.preprocessing)
    let setup = unwarned.warning(of: try parts.engineWarning(unwarned))
    let dealt = Parts(
      hasCalibrationSource: parts.terms.hasCalibration, normRatioImages: setup.options.normRatioImages)
    var observations = try setup.observations(dealt)
    try observations.append(parts, to: setup)
    _ = try ConformalCalibration.rank(
      calibrationSize: observations.counts.calibrate, alpha: setup.options.alpha,
      confidence: setup.options.confidence)
    let summary = try await FitSummary(setup, observations)
    guarded = try await summary.guarded(sourceSHA256: sourceSHA256)
    report = summary.report()
  }
}
