import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityClassifier
@testable import OddityFiles
@testable import OddityScores

/// The feature map that is averaged before the head.
struct PooledMapTests {
  private func pooled(_ name: String) throws -> PooledMap? {
    try Classifier(Model(contentsOf: Fixtures.url(name)), engine: Engine()).pooledMap
  }

  @Test(arguments: [
    ("residual.ts.onnx", "/body/body.3/Relu_output_0", true), ("residual.dyn.onnx", "relu_8", true),
    ("preact.dyn.onnx", "relu_10", true), ("dense.ts.onnx", "/final/final.1/Relu_output_0", true),
    ("float16.dyn.onnx", "relu_8", true), ("mbconv.dyn.onnx", "hardswish_5", false),
    ("mbconv.ts.onnx", "/body/body.5/body.5.2/HardSwish_output_0", false),
    ("architectures/convnext_tiny.ts.onnx", nil, false), ("architectures/resnet50.dyn.onnx", nil, true),
  ])
  func theAveragedMapIsFound(_ name: String, _ tensor: String?, _ isFeatures: Bool) throws {
    let pooled = try #require(try pooled(name))
    #expect(tensor == nil || pooled.map.tensor == tensor)
    #expect(pooled.isFeatures == isFeatures)
  }

  @Test(arguments: ["vgg.ts.onnx", "vgg.dyn.onnx", "no_blocks.ts.onnx", "one_block.ts.onnx"])
  func networksWithoutOneSaySo(_ name: String) throws {
    #expect(try pooled(name) == nil)
    let classifier = try Classifier(Model(contentsOf: Fixtures.url(name)), engine: Engine())
    let error = #expect(throws: OddityError.self) {
      try ScorePlan([ScoreName(parsing: "nap")], classifier: classifier)
    }
    #expect(error?.code == .usage && error?.message.contains("does not average a feature map") == true)
  }
}
