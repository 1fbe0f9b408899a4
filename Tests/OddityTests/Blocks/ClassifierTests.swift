import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityClassifier
@testable import OddityFiles

struct ClassifierTests {
  /// The tensors, not only their number, as confirmed by PyTorch's forward hooks.
  @Test(arguments: Fixtures.fittable)
  func blocksAndHeadAreThoseOfTheNetwork(_ name: String) throws {
    let expected = try #require(Fixtures.expected()[name])
    let classifier = try classifier(name)
    let blocks = try #require(expected.blocks)
    #expect(classifier.blocks.map(\.tensor) == blocks.map(\.tensor))
    #expect(classifier.blocks.map(\.channels) == blocks.map(\.channels))
    #expect(classifier.blocks.map(\.height) == blocks.map(\.height))
    #expect(classifier.blocks.map(\.width) == blocks.map(\.width))
    #expect(classifier.blocks.map(\.index) == Array(blocks.indices))
    #expect(classifier.stem.count == expected.stemRows)
    #expect(classifier.head.logits == expected.head?.logits)
    #expect(classifier.classes == expected.head?.classes)
    #expect(classifier.featureCount == expected.head?.features)
    #expect(classifier.head.isLinear)
  }

  @Test func sharesOfFLOPsAddUpToAllButStemAndHead() throws {
    let classifier = try classifier("vgg.ts.onnx")
    let shares = try classifier.blocks.map { try #require($0.flopsShare) }
    #expect(shares.allSatisfy { $0 > 0 && $0 < 1 })
    let total = shares.reduce(0, +)
    #expect(total > 0.5 && total < 1, "the hidden layers behind the last block take the rest")
  }

  @Test(arguments: ["no_blocks.ts.onnx", "no_blocks.dyn.onnx", "two_streams.ts.onnx", "two_streams.dyn.onnx"])
  func aNetworkWithoutASharedMapHasNoBlocks(_ name: String) throws {
    #expect(try classifier(name).blocks.isEmpty)
  }

  @Test(arguments: ["two_inputs.ts.onnx", "two_inputs.dyn.onnx"])
  func severalImageInputsAskForOne(_ name: String) throws {
    #expect { try classifier(name) } throws: {
      ($0 as? OddityError)?.code == .badModel && "\($0)".contains("`input: NAME`")
    }
  }

  @Test func logitsThatDependOnFurtherInputsAreRefused() throws {
    let model = try Model(contentsOf: Fixtures.url("two_inputs.ts.onnx"))
    let input = model.graph.inputs[0].name
    #expect { try Classifier(model, engine: Engine(), input: input) } throws: {
      ($0 as? OddityError)?.code == .badModel && "\($0)".contains(model.graph.inputs[1].name)
    }
  }

  @Test(arguments: ["no_head.ts.onnx", "no_head.dyn.onnx"])
  func twoHeadsAveragedAreNoLinearHead(_ name: String) throws {
    let classifier = try classifier(name)
    #expect(classifier.head.features == nil)
    #expect(!classifier.head.isLinear)
  }

  @Test func anyFeatureMapCanBeNamed() throws {
    let classifier = try classifier("residual.ts.onnx")
    #expect(try classifier.block("1") == classifier.blocks[1])
    #expect(try classifier.block(classifier.stem[0].tensor) == classifier.stem[0])
    #expect(throws: OddityError.self) { try classifier.block("99") }
    #expect(throws: OddityError.self) { try classifier.block("no such tensor") }
    #expect(throws: OddityError.self) { try classifier.block(classifier.head.logits) }
  }

  @Test func anOperatorThatTheEngineLacksIsNamed() throws {
    #expect { try classifier("unsupported.ts.onnx") } throws: {
      ($0 as? OddityError)?.code == .badModel && "\($0)".contains("Squircle '/stem/stem.2/Relu'")
    }
  }

  private func classifier(_ name: String) throws -> Classifier {
    try Classifier(Model(contentsOf: Fixtures.url(name)), engine: Engine())
  }
}
