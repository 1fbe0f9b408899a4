import Foundation
import Imaging
import ONNXGraph
import OpenVINORuntime

/// A guarded model, compiled and ready to score images.
public struct Detector: Sendable {
  public let guarded: GuardedModel
  private let model: CompiledModel
  private let options: RunOptions

  /// Loads and compiles a guarded model.
  ///
  /// - Throws: ``OddityError`` `.notGuarded` for a plain classifier, and the engine's errors.
  public init(contentsOf url: URL, engine: Engine, options: RunOptions = RunOptions()) throws {
    try self.init(GuardedModel(contentsOf: url), engine: engine, options: options)
  }

  public init(_ guarded: GuardedModel, engine: Engine, options: RunOptions = RunOptions()) throws {
    self.guarded = guarded
    self.options = options
    model = try engine.compile(
      model: guarded.bytesWithLogits(), name: guarded.model.name, options: options.engineOptions)
  }

  /// What became of one image: its scores, or why it has none.
  public struct Outcome: Sendable {
    public let item: ImageItem
    public let result: Result<ScoredImage, ImagingError>
  }

  /// Scores the images of a source, in their order, in bounded memory.
  ///
  /// - Parameters:
  ///   - positions: which of the source's items; all by default.
  ///   - consume: takes every outcome; an image that cannot be read is a failure in its place.
  public func score(
    _ source: any ImageSource, selecting positions: [Int]? = nil, consume: (Outcome) throws -> Void
  ) async throws {
    let pipeline = BatchPipeline(
      preprocessing: guarded.metadata.preprocessing, model: model, options: options)
    let total = positions?.count ?? source.items.count
    var done = 0
    try await pipeline.run(source, selecting: positions) { batch in
      try await scoredImages(batch)
    } consume: { outcome in
      done += 1
      options.progress(Progress(task: "scoring", done: done, total: total))
      try consume(Outcome(item: outcome.item, result: outcome.result))
    }
  }

  private func scoredImages(_ batch: ImageBatch) async throws -> [ScoredImage] {
    let metadata = guarded.metadata
    let scoreOutputs = guarded.scoreOutputs
    let tensors = try await model.infer(
      batch.values, shape: [batch.items.count] + metadata.preprocessing.sampleShape,
      outputs: scoreOutputs + [GuardedModel.Output.pValue, GuardedModel.Output.isOutlier, metadata.logits])
    let images = batch.items.count
    let columns = try scoreOutputs.map { try tensors.floats($0, images: images) }
    let pValues = try tensors.floats(GuardedModel.Output.pValue, images: images)
    let outliers = try tensors.bools(GuardedModel.Output.isOutlier)
    let logits = try tensors.floats(metadata.logits)
    guard logits.count == images * metadata.classes else {
      throw OddityError(
        .badModel,
        "\(guarded.model.name) has not the \(metadata.classes) classes that its metadata tells: fit it again")
    }
    return batch.items.enumerated().map { position, item in
      guard !batch.nonFinite.contains(position) else { return unknown(item) }
      let own = logits[position * metadata.classes..<(position + 1) * metadata.classes]
      let prediction = Prediction(logits: own)
      return ScoredImage(
        item: item, scores: columns.map { $0[position] }, pValue: pValues[position],
        isOutlier: outliers[position], classIndex: prediction.classIndex, confidence: prediction.confidence)
    }
  }

  /// An image whose values are not all numbers. OpenVINO's ReLU makes zero of NaN and with it a score of
  /// nonsense; ONNX Runtime passes NaN on, and the guarded model then gives the smallest p-value.
  private func unknown(_ item: ImageItem) -> ScoredImage {
    let metadata = guarded.metadata
    return ScoredImage(
      item: item, scores: metadata.scores.map { _ in .nan }, pValue: 1 / Float(metadata.calibrationSize + 1),
      isOutlier: true, classIndex: 0, confidence: .nan)
  }
}

extension GuardedModel {
  /// The model with the logits among its outputs, and without inputs that no score depends on.
  fileprivate func bytesWithLogits() throws -> Data {
    let outputs = scoreOutputs + [Output.pValue, Output.isOutlier, metadata.logits]
    if model.graph.inputs.count > 1 { return try model.pruned(to: outputs).bytes }
    var appendix = Appendix(to: model)
    if !model.graph.outputs.contains(where: { $0.name == metadata.logits }) {
      appendix.addOutput(metadata.logits)
    }
    return try appendix.appended(to: model)
  }
}
