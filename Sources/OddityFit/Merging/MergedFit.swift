import Foundation
import Imaging
import OddityModel
import ONNXGraph
import Engines

/// A detector fitted from the parts of several machines. It is the same as if one machine had fitted it on
/// all images.
///
/// Block, samples and banks are the same. Sums are added in another order, so numbers may differ in their
/// last digits.
public struct MergedFit: Sendable {
  public let guarded: GuardedModel
  public let report: FitReport

  /// Selects, fits, and calibrates.
  ///
  /// - Parameters:
  ///   - model: the classifier's ONNX file, from which the parts were made.
  ///   - parts: the paths of files that ``PartialFit`` wrote, in any order.
  ///   - rawInput: whether the guarded model's file takes pixels, as ``FitOptions/rawInput``.
  ///   - options: how to run the engine here.
  /// - Throws: ``OddityError`` `.badData`, naming the file, if a file is not a part, is cut short or damaged,
  ///   was made from another model or with other terms, or holds the same images as another part; also if a
  ///   shard is missing. Otherwise as ``Fit``.
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
