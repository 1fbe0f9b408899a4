import Foundation
import OddityScores
import ONNXGraph
import Engines

/// Verifies a copy of a guarded model that was converted to another engine or precision: sixteen inputs, with
/// the scores that the model gave them when it was fitted.
///
/// It is stored in `metadata_props["oddity.verification"]`.
public struct Verification: Codable, Sendable, Equatable {

  /// The bytes of ``VerificationInputs``.
  private let pixels: Data
  /// The number of colours per side of each picture.
  private let grid: Int
  /// The scores in the order of the metadata.
  public let scores: [Expectation]
  /// For files that take pixels; otherwise nil, and not written.
  private(set) var raw: RawVerification?

  /// One score of the sixteen inputs.
  public struct Expectation: Codable, Sendable, Equatable {
    public let name: String
    /// The value for each input; nil if the score is not finite.
    public let expected: [Float?]
    /// The mean of the calibration images' scores.
    public let mean: Double
    /// Their standard deviation.
    public let std: Double
  }

  /// Computes the expected scores.
  ///
  /// - Parameter calibrate: the scores of the calibration images, in the order of the metadata's scores.
  package init(
    _ guarded: GuardedModel, calibrate: [[Float]], engine: Engine, options: RunOptions
  ) async throws {
    let preprocessing = guarded.metadata.preprocessing
    let inputs = VerificationInputs(channels: preprocessing.mean.count, seed: guarded.metadata.seed)
    let values = try await guarded.scores(
      of: inputs.values(preprocessing), count: VerificationInputs.count, engine: engine, options: options)
    pixels = Data(inputs.pixels)
    grid = VerificationInputs.side
    scores = zip(guarded.metadata.scores, zip(values, calibrate)).map { name, scores in
      // Scores that are not calibrated may have values that are not numbers, which JSON cannot express.
      let known = scores.1.filter(\.isFinite).map { Double($0) }
      let mean = known.isEmpty ? 0 : Moments.mean(known)
      let std = Moments.standardErrorOfMean(known) * Double(known.count).squareRoot()
      return Expectation(
        name: name, expected: scores.0.map(\.ifFinite), mean: mean,
        std: std.isFinite ? std : 0)
    }
  }

  /// The same, with two images for a file that takes pixels.
  func withRawImages(of guarded: GuardedModel, engine: Engine, options: RunOptions) async throws
    -> Verification
  {
    var verification = self
    let inputs = try inputs(of: guarded)
    let images = RawVerificationImages(inputs, for: guarded.metadata.preprocessing)
    let values = try await guarded.scores(
      of: images.values(guarded.metadata.preprocessing), count: images.pictures.count, engine: engine,
      options: options)
    verification.raw = RawVerification(images, expected: values.map { $0.map(\.ifFinite) })
    return verification
  }
}

extension GuardedModel {
  /// The inputs and scores to verify a copy of the model with.
  ///
  /// - Throws: ``OddityError`` `.badModel` if the model contains none, or if they are damaged.
  public func verification() throws(OddityError) -> Verification {
    guard let json = model.metadata[GuardMetadata.verificationKey] else {
      throw OddityError(
        .badModel,
        "\(model.name) stores no inputs for a verification, because an earlier Oddity fitted it: fit it again"
      )
    }
    guard let verification = try? JSONDecoder().decode(Verification.self, from: Data(json.utf8)),
      verification.scores.map(\.name) == metadata.scores,
      verification.scores.allSatisfy({ $0.expected.count == VerificationInputs.count }),
      (verification.raw != nil) == (metadata.rawInput != nil),
      verification.raw?.fits(scores: metadata.scores.count) ?? true
    else { throw OddityError.damagedVerification(of: self) }
    _ = try verification.inputs(of: self)
    return verification
  }

  /// The scores that the model gives now to preprocessed inputs, in the order of the metadata, one for each
  /// input.
  func scores(
    of values: [Float], count: Int, engine: Engine, options: RunOptions
  ) async throws -> [[Float]] {
    let graph = try ScoringGraph(self, engine: engine, measuresNorms: false)
    return try await scores(
      of: values, count: count, shape: metadata.preprocessing.sampleShape, graph: graph.bytes, of: model,
      engine: engine, options: options)
  }

  /// The scores that the file gives now to images of one size, including its own preprocessing.
  func scores(
    of images: RawVerificationImages, engine: Engine, options: RunOptions
  ) async throws -> [[Float]] {
    let read = try file.map { try Model(contentsOf: $0) }
    let graph = try (read ?? written).pruned(to: scoreOutputs)
    return try await scores(
      of: images.pixels.map { Float($0) }, count: images.pictures.count,
      shape: [images.size.height, images.size.width, 3], graph: graph.bytes, of: graph,
      engine: engine, options: options)
  }

  /// - Parameters:
  ///   - shape: the shape of one input.
  ///   - graph: the bytes of the graph to run.
  ///   - model: the model that they extend.
  private func scores(
    of values: [Float], count: Int, shape: [Int], graph: Data, of model: Model, engine: Engine,
    options: RunOptions
  ) async throws -> [[Float]] {
    let compiled = try engine.compile(graph, of: model, options: options.engineOptions)
    let sample = values.count / count
    let batch = max(1, min(compiled.batch ?? options.batchSize ?? count, count))
    var columns: [[Float]] = scoreOutputs.map { _ in [] }
    for start in stride(from: 0, to: count, by: batch) {
      let rows = start..<min(start + batch, count)
      let tensors = try await compiled.infer(
        Array(values[rows.lowerBound * sample..<rows.upperBound * sample]),
        shape: [rows.count] + shape, outputs: scoreOutputs)
      for (position, output) in scoreOutputs.enumerated() {
        columns[position] += try tensors.floats(output, images: rows.count)
      }
    }
    return columns
  }
}

extension Verification {
  /// The model's inputs as a NumPy file: float32 [16, C, H, W] or [16, H, W, C], preprocessed; for a file
  /// that takes pixels uint8 [2, height, width, 3].
  ///
  /// - Throws: ``OddityError`` `.badModel` if they do not fit such a model.
  public func inputFile(of guarded: GuardedModel) throws(OddityError) -> Data {
    let preprocessing = guarded.metadata.preprocessing
    if let images = try rawImages(of: guarded) {
      return NumPyMatrix.file(
        of: images.pixels, shape: [images.pictures.count, images.size.height, images.size.width, 3])
    }
    let values = try inputs(of: guarded).values(preprocessing)
    let shape = [VerificationInputs.count] + preprocessing.sampleShape
    guard preprocessing.inputType == .uint8 else { return NumPyMatrix.file(of: values, shape: shape) }
    return NumPyMatrix.file(of: values.map { UInt8(clamping: Int($0)) }, shape: shape)
  }

  /// The images of a file that takes pixels; nil for other files.
  func rawImages(of guarded: GuardedModel) throws(OddityError) -> RawVerificationImages? {
    guard let raw else { return nil }
    return RawVerificationImages(try inputs(of: guarded), raw)
  }

  func inputs(of guarded: GuardedModel) throws(OddityError) -> VerificationInputs {
    let channels = guarded.metadata.preprocessing.mean.count
    guard grid == VerificationInputs.side,
      let inputs = VerificationInputs(channels: channels, pixels: Array(pixels))
    else { throw OddityError.damagedVerification(of: guarded) }
    return inputs
  }
}

extension OddityError {
  fileprivate static func damagedVerification(of guarded: GuardedModel) -> OddityError {
    OddityError(.badModel, "\(guarded.model.name) has verification inputs that are damaged: fit it again")
  }
}
