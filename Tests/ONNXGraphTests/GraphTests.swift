import ONNXProto
import Testing

@testable import ONNXGraph

struct GraphTests {
  @Test func nodesAreSortedWhateverTheFileSays() throws {
    let model = try SmallModels.model(
      [("Relu", ["b"], "c"), ("Relu", ["a"], "b"), ("Relu", ["x"], "a")], outputs: ["c"])
    #expect(model.graph.nodes.map { $0.outputs[0] } == ["a", "b", "c"])
    #expect(model.graph.producer(of: "b")?.inputs == ["a"])
    #expect(model.graph.producer(of: "x") == nil)
  }

  @Test func aCycleIsAnErrorThatNamesANodeOnIt() {
    #expect {
      try SmallModels.model([("Add", ["x", "b"], "a"), ("Relu", ["a"], "b")], outputs: ["b"])
    } throws: {
      ($0 as? GraphError)?.code == .invalidGraph && "\($0)".contains("cycle")
    }
  }

  @Test func aTensorWrittenTwiceIsAnError() {
    #expect {
      try SmallModels.model([("Relu", ["x"], "a"), ("Tanh", ["x"], "a")], outputs: ["a"])
    } throws: {
      ($0 as? GraphError)?.code == .invalidGraph && "\($0)".contains("'a'")
    }
  }

  @Test func inputsThatOnlyGiveAnInitializerItsDefaultAreNoInputs() throws {
    var proto = SmallModels.proto([("Add", ["x", "w"], "y")], inputs: ["x", "w"], outputs: ["y"])
    var weight = Onnx_TensorProto()
    weight.name = "w"
    weight.dims = [2, 3]
    weight.dataType = ElementType.float16.rawValue
    proto.graph.initializer = [weight]
    let graph = try Graph(proto.graph)
    #expect(graph.inputs.map(\.name) == ["x"])
    #expect(graph.inputs[0].shape == [nil, nil, nil, nil])
    #expect(graph.inputs[0].batchName == "N")
    #expect(graph.constantDims(of: "w") == [2, 3])
    #expect(graph.hasHalfPrecision)
  }

  @Test func constantsAreReadThroughTranspositions() throws {
    var proto = SmallModels.proto(
      [("Transpose", ["w"], "t"), ("Identity", ["t"], "i"), ("MatMul", ["x", "i"], "y")], outputs: ["y"])
    var weight = Onnx_TensorProto()
    weight.name = "w"
    weight.dims = [2, 3]
    proto.graph.initializer = [weight]
    let graph = try Graph(proto.graph)
    #expect(graph.constantDims(of: "i") == [3, 2])
    #expect(graph.constantDims(of: "y") == nil)
  }
}
