import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityClassifier

/// The blocks of common networks, as torchvision and timm define them and PyTorch exports them.
struct ArchitectureTests {
  /// The published blocks of a network.
  struct Known: Sendable, CustomTestStringConvertible {
    let name: String
    let blocks: Int
    let stem: Int
    /// The operators that compute the first and the last block.
    let ends: [String]

    init(_ name: String, _ blocks: Int, stem: Int = 0, _ first: String, _ last: String) {
      (self.name, self.blocks, self.stem, ends) = (name, blocks, stem, [first, last])
    }

    var testDescription: String { name }
  }

  static let known = [
    Known("resnet18", 8, stem: 1, "Relu", "Relu"), Known("resnet18_cifar", 8, stem: 1, "Relu", "Relu"),
    Known("resnet50", 16, stem: 1, "Relu", "Relu"), Known("wrn28_10_cifar", 12, stem: 1, "Add", "Add"),
    Known("vgg11", 8, "Relu", "Relu"), Known("vgg11_bn", 8, "Relu", "Relu"),
    Known("vgg11_cifar", 8, "Relu", "Relu"), Known("vgg16", 13, "Relu", "Relu"),
    Known("vgg16_bn", 13, "Relu", "Relu"), Known("mobilenet_v3_large", 17, "HardSwish", "HardSwish"),
    Known("mobilenet_v2", 19, "Clip", "Clip"), Known("efficientnet_b0", 18, "Mul", "Mul"),
    Known("tf_efficientnet_lite0", 18, "Clip", "Clip"), Known("densenet121", 4, stem: 1, "Concat", "Concat"),
    Known("convnext_tiny", 18, "Add", "Add"), Known("regnet_y_400mf", 16, stem: 1, "Relu", "Relu"),
    Known("googlenet", 9, stem: 2, "Concat", "Concat"),
    Known("inception_v3", 11, stem: 4, "Concat", "Concat"),
    Known("squeezenet1_1", 8, stem: 1, "Concat", "Concat"), Known("shufflenet_v2", 18, "Relu", "Relu"),
    Known("vit_b_16", 12, "Add", "Add"), Known("vit_tiny_timm", 12, "Add", "Add"),
    Known("swin_t", 12, "Add", "Add"), Known("swin_tiny_timm", 12, "Add", "Add"),
  ]

  private let engine: Engine

  init() throws { engine = try Engine() }

  @Test func everyNetworkIsTested() throws {
    #expect(try Set(Architecture.all().keys) == Set(Self.known.map(\.name)))
  }

  /// The counts and ends of the paper, for the paper's networks, and of the definitions, for all networks.
  @Test(arguments: known, Architecture.exporters)
  func countsAndEndsAreThePublishedOnes(_ known: Known, exporter: String) throws {
    let classifier = try classifier(known.name, exporter)
    #expect(classifier.blocks.count == known.blocks)
    #expect(classifier.stem.count == known.stem)
    let ends = [classifier.blocks.first, classifier.blocks.last].map { block in
      block.flatMap { classifier.model.graph.producer(of: $0.tensor)?.op }
    }
    #expect(ends == known.ends)
  }

  /// The tensors, their sizes, the head, and FeatureNorm compared with PyTorch's hooks on the modules.
  @Test(arguments: known.map(\.name), Architecture.exporters)
  func blocksAndHeadAreTheModules(_ name: String, exporter: String) async throws {
    let expected = try #require(Architecture.all()[name])
    let classifier = try classifier(name, exporter)
    for (found, rows) in [(classifier.stem, expected.stem), (classifier.blocks, expected.blocks)] {
      #expect(found.map(\.tensor) == rows.map { $0.tensor[exporter] })
      #expect(found.map(\.channels) == rows.map(\.channels))
      #expect(found.map(\.height) == rows.map(\.height))
      #expect(found.map(\.width) == rows.map(\.width))
      #expect(found.map(\.tokens) == rows.map(\.tokens))
    }
    #expect(classifier.head.logits == expected.head.logits[exporter])
    #expect(classifier.classes == expected.head.classes)
    #expect(classifier.featureCount == expected.head.features)
    #expect(classifier.head.isLinear == expected.head.linear)
    let run = try await ProbeRun(
      classifier, candidates: classifier.stem + classifier.blocks,
      images: Architecture.url(expected.input), engine: engine)
    for (column, row) in (expected.stem + expected.blocks).enumerated() {
      expectClose(try run.values(column), row.featureNorm, within: 1e-5, "\(name).\(exporter): \(row.module)")
    }
  }

  /// The blocks that the paper selects, by index, and the number of image pixels per side of a position.
  @Test(
    arguments: [
      ("resnet18_cifar", 6, 8), ("wrn28_10_cifar", 10, 4), ("vgg11_cifar", 5, 8), ("resnet50", 14, 32),
      ("vgg16", 12, 16), ("mobilenet_v3_large", 16, 32),
    ], Architecture.exporters)
  func thePapersBlocksHaveItsIndices(_ paper: (name: String, index: Int, stride: Int), exporter: String)
    throws
  {
    let classifier = try classifier(paper.name, exporter)
    let block = try classifier.block(String(paper.index))
    let side = try #require(classifier.image.shape?[2])
    #expect(block.index == paper.index && block.height == side / paper.stride)
    // They have more channels than any other block of the network.
    #expect(block.channels == classifier.blocks.compactMap(\.channels).max())
  }

  private func classifier(_ name: String, _ exporter: String) throws -> Classifier {
    try Classifier(Model(contentsOf: Architecture.url(name, exporter: exporter)), engine: engine)
  }
}
