import Foundation
import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityClassifier

/// All feature maps of a network, as `oddity blocks --all-tensors` lists them.
struct FeatureMapTests {
  /// The results of ONNX Runtime and NumPy for a possible feature map.
  private struct Candidate: Decodable {
    let shape: [Int]
    let normsFirst: [Double]
    let normsLast: [Double]
  }

  private let engine: Engine

  init() throws { engine = try Engine() }

  /// In a convolutional network, every tensor with several positions counts.
  @Test(arguments: [
    ("two_streams.ts.onnx", "input.npy"), ("two_streams.dyn.onnx", "input.npy"),
    ("architectures/densenet121.ts.onnx", "architectures/input_64.npy"),
    ("architectures/inception_v3.dyn.onnx", "architectures/input_107.npy"),
    ("architectures/shufflenet_v2.ts.onnx", "architectures/input_64.npy"),
  ])
  func allMapsOfAConvolutionalNetworkAreListed(_ network: String, images: String) throws {
    let maps = try classifier(network).featureMaps(engine: engine)
    let known = try candidates(network, images).filter { $0.value.shape[2] * $0.value.shape[3] > 1 }
    #expect(Set(maps.map(\.tensor)) == Set(known.keys))
    #expect(maps.map(\.layout).allSatisfy { $0 == .channelsFirst })
    for map in maps {
      let shape = try #require(known[map.tensor]).shape
      #expect([map.channels, map.height, map.width] == shape.dropFirst().map(Optional.some))
    }
  }

  /// The FeatureNorm of every listed map in the probe, because each of them can be named for a fit.
  @Test(arguments: [
    ("two_streams.dyn.onnx", "input.npy"),
    ("architectures/shufflenet_v2.ts.onnx", "architectures/input_64.npy"),
    ("architectures/convnext_tiny.dyn.onnx", "architectures/input_64.npy"),
    ("architectures/vit_b_16.ts.onnx", "architectures/input_32.npy"),
    ("architectures/vit_tiny_timm.dyn.onnx", "architectures/input_32.npy"),
    ("architectures/swin_t.ts.onnx", "architectures/input_64.npy"),
  ])
  func everyMapListedCanBeNamed(_ network: String, images: String) async throws {
    let maps = try classifier(network).featureMaps(engine: engine)
    let named = try Classifier(
      Model(contentsOf: Fixtures.url(network)), engine: engine, tensors: maps.map(\.tensor))
    let blocks = try maps.map { try named.block($0.tensor) }
    #expect(blocks.map(\.layout) == maps.map(\.layout) && blocks.map(\.index) == maps.map(\.index))
    let run = try await ProbeRun(
      named, candidates: blocks, images: Fixtures.url(images), engine: engine)
    let known = try candidates(network, images)
    for (column, map) in maps.enumerated() {
      let candidate = try #require(known[map.tensor])
      let norms = map.layout == .channelsFirst ? candidate.normsFirst : candidate.normsLast
      let values = try run.values(column).prefix(norms.count)
      expectClose(Array(values), norms, within: 1e-4, "\(network): \(map.tensor)")
    }
  }

  @Test(arguments: ["residual.ts.onnx", "architectures/swin_tiny_timm.ts.onnx"])
  func blocksKeepTheirIndexAndSharesAddUp(_ network: String) throws {
    let classifier = try classifier(network)
    let maps = try classifier.featureMaps(engine: engine)
    #expect(maps.filter { $0.index != nil }.map(\.tensor) == classifier.blocks.map(\.tensor))
    #expect(maps.compactMap(\.index) == Array(classifier.blocks.indices))
    #expect(maps.count > 2 * classifier.blocks.count)
    let shares = try maps.map { try #require($0.flopsShare) }
    #expect(shares.allSatisfy { (0...1).contains($0) } && (0.5...1).contains(shares.reduce(0, +)))
  }

  /// Inner tensors of attention have no channels.
  @Test func attentionWeightsAreNoMaps() throws {
    let classifier = try classifier("architectures/vit_tiny_timm.ts.onnx")
    let operators = try classifier.featureMaps(engine: engine).map { map in
      classifier.model.graph.producer(of: map.tensor)?.op
    }
    #expect(!operators.contains("Softmax") && operators.contains("LayerNormalization"))
  }

  @Test(arguments: ["no_blocks.ts.onnx", "no_blocks.dyn.onnx"])
  func aPerceptronHasNone(_ network: String) throws {
    #expect(try classifier(network).featureMaps(engine: engine).isEmpty)
  }

  private func classifier(_ network: String) throws -> Classifier {
    try Classifier(Model(contentsOf: Fixtures.url(network)), engine: engine)
  }

  private func candidates(_ network: String, _ images: String) throws -> [String: Candidate] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let output = try PythonReference.run(
      "map_reference.py", arguments: [Fixtures.url(network).path, Fixtures.url(images).path])
    return try decoder.decode([String: Candidate].self, from: output)
  }
}
