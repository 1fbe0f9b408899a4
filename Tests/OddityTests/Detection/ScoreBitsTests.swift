import Foundation
import Imaging
import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityClassifier
@testable import OddityFit
@testable import OddityModel
@testable import OddityScores
@testable import OddityStatistics

/// Optimisations do not change any bit of a score. Several batches in the engine at once, each on its own
/// threads, give the same results as one batch after another.
struct ScoreBitsTests {
  static let networks = ["residual.ts", "preact.dyn", "dense.dyn", "mbconv.ts", "nhwc.ts", "float16.dyn"]

  /// Not a multiple of a batch.
  private static let images = 109
  private static let batch = 8

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: networks)
  func scoresAreThoseOfTheEngineAlone(_ network: String) async throws {
    let guarded = try await fit(network, threads: 2).guarded
    let detector = try Detector(guarded, engine: Engine(), options: options(threads: 4))
    let images = try SyntheticImages(count: Self.images, shape: sampleShape(guarded), seed: 11, in: folder)
    var scores: [Float] = []
    try await detector.score(images.source) { scores.append(try $0.result.get().score) }
    let alone = try await engineAlone(guarded)
    #expect(scores.map(\.bitPattern) == alone.map(\.bitPattern))
    #expect(Set(scores).count > Self.images / 2)
  }

  @Test(arguments: networks)
  func aFitOnManyThreadsIsThatOnOne(_ network: String) async throws {
    let (one, many) = (try await fit(network, threads: 1), try await fit(network, threads: 4))
    let samples = try [one, many].map { try #require(try $0.guarded.calibrationSample()).scores }
    #expect(samples[0].map(\.bitPattern) == samples[1].map(\.bitPattern))
    let ratios = [one, many].map { $0.guarded.metadata.blocks.map(\.normRatio) }
    #expect(ratios[0] == ratios[1])
  }

  /// A block that ends in a ReLU needs no ReLU before its norm.
  @Test func theReLUThatANormLeavesOutChangesNothing() async throws {
    let classifier = try Classifier(
      Model(contentsOf: Fixtures.url("residual.ts.onnx")), engine: Engine())
    let block = try #require(
      classifier.blocks.first { classifier.model.graph.producer(of: $0.tensor)?.op == "Relu" })
    var appendix = Appendix(to: classifier.model)
    let norm = appendix.append(block.featureNorm(in: classifier.model.graph))
    let alone = try Model(bytes: appendix.appended(to: classifier.model), name: "alone")
    #expect(alone.graph.relus == classifier.model.graph.relus)
    let rectified = Tensor(named: block.tensor).relu()
    let byDefinition = appendix.append(rectified.norm(axes: block.layout.positionAxes).mean(axis: 1))
    for output in [norm, byDefinition] { appendix.addOutput(output) }
    let model = try Engine().compile(model: appendix.appended(to: classifier.model), options: EngineOptions())
    let values = SyntheticImages.values(count: 16, seed: 5)
    let tensors = try await model.infer(values, shape: [16, 3, 32, 32], outputs: [norm, byDefinition])
    #expect(try tensors.floats(norm).map(\.bitPattern) == tensors.floats(byDefinition).map(\.bitPattern))
  }

  private func fit(_ network: String, threads: Int) async throws -> Fit {
    let classifier = try Model(contentsOf: Fixtures.url("\(network).onnx"))
    let shape = try #require(classifier.graph.inputs.first?.shape).suffix(3).map { try #require($0) }
    let images = try SyntheticImages(count: 120, shape: shape, in: folder)
    var options = FitOptions.paper
    options.run = self.options(threads: threads)
    return try await Fit(
      model: Fixtures.url("\(network).onnx").path, inDistribution: [images.url.path], options: options)
  }

  private func options(threads: Int) -> RunOptions { RunOptions(threads: threads, batchSize: Self.batch) }

  private func sampleShape(_ guarded: GuardedModel) -> [Int] { guarded.metadata.preprocessing.sampleShape }

  /// The scores of the same images from the guarded file itself, with one request and one batch after
  /// another.
  private func engineAlone(_ guarded: GuardedModel) async throws -> [Float] {
    let model = try Engine().compile(
      model: guarded.model.bytes, options: EngineOptions(requests: 1, streams: 1))
    let shape = sampleShape(guarded)
    let values = SyntheticImages.values(count: Self.images, shape: shape, seed: 11)
    let size = shape.reduce(1, *)
    var scores: [Float] = []
    for start in stride(from: 0, to: Self.images, by: Self.batch) {
      let count = min(Self.batch, Self.images - start)
      let tensors = try await model.infer(
        Array(values[start * size..<(start + count) * size]), shape: [count] + shape,
        outputs: [GuardedModel.Output.score])
      scores += try tensors.floats(GuardedModel.Output.score)
    }
    return scores
  }
}

extension Graph {
  fileprivate var relus: Int { nodes.filter { $0.op == "Relu" }.count }
}
