import Foundation
import Imaging
import ONNXGraph
import Engines
import TestSupport

@testable import OddityClassifier
@testable import OddityFit
@testable import OddityModel
@testable import OddityScores

/// FeatureNorms of the last block of the demo's VGG-11 on in-distribution images that are not in its training
/// data.
enum DemoScores {
  /// Computed once for all tests. `Demo/prepare` provides the images.
  private static let loading = Task { try await load() }

  /// The scores, each value once.
  static func distinct() async throws -> [Float] {
    Set(try await loading.value).sorted()
  }

  /// The scores rounded to one decimal, so that many are equal.
  static func tied() async throws -> [Float] {
    try await loading.value.map { ($0 * 10).rounded() / 10 }
  }

  private static func load() async throws -> [Float] {
    let root = PythonReference.packageRoot
    let engine = try Engine()
    let classifier = try Classifier(
      Model(contentsOf: root.appending(path: "Demo/networks/vgg11.onnx")), engine: engine)
    let probe = try ProbeGraph(
      classifier, candidates: classifier.blocks.suffix(1), taps: [],
      std: PixelScale(values: [1], dims: [1, 1, 1, 1]))
    let model = try engine.compile(model: probe.bytes, options: EngineOptions())
    let preprocessing = try Preprocessing.load(root.appending(path: "Demo/networks/preprocess.json").path)
      .resolved(inputShape: classifier.image.shape ?? [])
    let pipeline = BatchPipeline(
      preprocessing: preprocessing, model: model, options: RunOptions(batchSize: 128))
    var scores: [Float] = []
    try await pipeline.run(ImageSources.open(root.appending(path: ".demo/test.tar").path)) { batch in
      let tensors = try await model.infer(
        batch.values, shape: [batch.items.count] + preprocessing.sampleShape, outputs: probe.outputs)
      return try tensors.floats(probe.outputs[0])
    } consume: { outcome in
      scores.append(try outcome.result.get())
    }
    return scores
  }
}
