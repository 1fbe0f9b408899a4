import Foundation
import Imaging
import OddityModel
import ONNXGraph
import Engines

/// One machine's share of a fit. It observes its images and stores in a file what ``MergedFit`` needs.
public struct PartialFit {
  /// The images that were observed.
  public let shard: Shard
  /// The number of images that were used, and how many of them fell into each part of the data.
  public let images: Int
  public let parts: PartCounts
  /// Warnings about the images.
  public let warnings: [Warning]
  /// The images that could not be used, each with the reason.
  public let failures: [ImagingError]
  private let content: FitPart.Content

  /// Observes one shard of the images.
  ///
  /// - Parameters:
  ///   - model: the classifier's ONNX file.
  ///   - inDistribution: images of the kind that the classifier was trained on: all of them, or some of them
  ///     if other machines have the others.
  ///   - calibration: images that it was not trained on, likewise. Either all machines have some, or none
  ///     has.
  ///   - shard: the share of these images that is observed.
  /// - Throws: ``OddityError``, and the errors of the layers below, as ``Fit`` does.
  public init(
    model url: URL, inDistribution: [any ImageSource], calibration: [any ImageSource] = [],
    shard: Shard = .whole, options: FitOptions = FitOptions(), engine: Engine
  ) async throws {
    try await self.init(
      Model(contentsOf: url), inDistribution: inDistribution, calibration: calibration, shard: shard,
      options: options, engine: engine)
  }

  /// The same for a model that is already read.
  package init(
    _ model: Model, inDistribution: [any ImageSource], calibration: [any ImageSource], shard: Shard,
    options: FitOptions, engine: Engine
  ) async throws {
    guard options.map == nil else {
      throw OddityError(
        .usage,
        "\(.map) and \(.partialFit): a map is calibrated on the images after the block is selected, so fit on one machine"
      )
    }
    let setup = try FitSetup(model, engine: engine, options: options)
    let data = try setup.data(inDistribution, calibration: calibration, shard: shard)
    var failures: [ImagingError] = []
    let observations = try await setup.observe(data) { failures.append($0) }
    content = FitPart.Content(
      terms: try FitTerms(setup, options: options, model: model, hasCalibration: !calibration.isEmpty),
      shard: shard, listing: data.listing, observations: observations)
    (self.shard, self.failures, warnings) = (shard, failures, observations.truthProblems)
    (images, parts) = (observations.count, observations.counts)
  }

  /// Writes the whole part, and makes it appear under its name.
  ///
  /// - Throws: ``OddityError`` `.output`.
  package func write(to file: AtomicFile) async throws {
    try await content.write(to: file)
    try file.commit()
  }
}

extension InDistributionData {
  /// SHA-256 of what all shards together observe: the number of sources, and the ids of their images.
  /// Machines that divide the same sources agree on it.
  fileprivate var listing: String {
    var hash = SHA256()
    for selection in selections {
      let ids = selection.positions.map { selection.source.items[$0].id }
      hash.update(data: Data([selection.isCalibration ? 1 : 0]))
      hash.update(data: Data(littleEndian: [UInt64(ids.count)] + ids))
    }
    return hash.finalize().hex
  }
}
