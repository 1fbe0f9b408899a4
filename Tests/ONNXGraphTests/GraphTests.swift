import Foundation
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

  @Test func aNodeWithoutARequiredInputIsNamed() {
    for inputs in [["x"], ["x", ""], ["", "w"]] {
      #expect {
        try SmallModels.model([("Conv", inputs, "sum")], outputs: ["sum"])
      } throws: {
        ($0 as? GraphError)?.code == .invalidGraph && "\($0)".contains("Conv that writes 'sum'")
      }
    }
  }

  @Test func fewNumbersAreReadHoweverTheyAreStored() throws {
    var proto = SmallModels.proto(
      [("Constant", [], "c"), ("Identity", ["c"], "d"), ("Squeeze", ["raw"], "e"), ("Relu", ["x"], "y")],
      outputs: ["y"])
    proto.graph.node[0].attribute = [Onnx_AttributeProto("value_ints", .ints([2, 3]))]
    for (name, isRaw) in [("typed", false), ("raw", true)] {
      var tensor = Onnx_TensorProto()
      (tensor.name, tensor.dims, tensor.dataType) = (name, [2], ElementType.int64.rawValue)
      if isRaw {
        tensor.rawData = [Int64(-1), 1 << 40].withUnsafeBytes { Data($0) }
      } else {
        tensor.int64Data = [-1, 1 << 40]
      }
      proto.graph.initializer.append(tensor)
    }
    proto.graph.initializer.removeAll { $0.name == "raw" && $0.dims.isEmpty }
    let graph = try Graph(proto.graph)
    #expect(graph.numbers(of: "d") == [2, 3])
    #expect(graph.numbers(of: "typed") == [-1, 0x1p40])
    #expect(graph.numbers(of: "e") == [-1, 0x1p40])
    #expect(graph.numbers(of: "y") == nil)
    #expect(graph.constantDims(of: "d") == [2])
    #expect(graph.elementTypes()["d"] == .int64)
  }

  @Test func aNodeThatWritesNothingIsAnError() {
    var proto = SmallModels.proto([("Relu", ["x"], "a")], outputs: ["a"])
    for outputs in [[], [""]] {
      proto.graph.node[0].output = outputs
      #expect { try Graph(proto.graph) } throws: {
        ($0 as? GraphError)?.code == .invalidGraph && "\($0)".contains("writes no tensor")
      }
    }
  }

  @Test(arguments: [
    (10, true, "holds 2046 bodies"), (13, false, "13 deep"), (12, false, nil), (7, true, nil),
  ])
  func bodiesThatAreManyOrDeepAreAnError(_ depth: Int, areTwo: Bool, _ complaint: String?) throws {
    var proto = SmallModels.proto([("Relu", ["x"], "a")], outputs: ["a"])
    proto.graph.node = [branching(proto.graph.node[0], depth, areTwo: areTwo)]
    guard let complaint else {
      _ = try Graph(proto.graph)
      return
    }
    #expect { try Graph(proto.graph) } throws: {
      ($0 as? GraphError)?.code == .invalidGraph && "\($0)".contains(complaint)
    }
  }

  /// A node in nested Ifs.
  ///
  /// - Parameter areTwo: whether both branches are nested, or only the first.
  private func branching(_ leaf: Onnx_NodeProto, _ depth: Int, areTwo: Bool) -> Onnx_NodeProto {
    (0..<depth).reduce(leaf) { inner, _ in
      var node = Onnx_NodeProto()
      (node.opType, node.input, node.output) = ("If", ["x"], ["a"])
      node.attribute = [("then_branch", inner), ("else_branch", areTwo ? inner : leaf)].map { name, inner in
        var branch = Onnx_AttributeProto()
        (branch.name, branch.type, branch.g.node) = (name, .graph, [inner])
        return branch
      }
      return node
    }
  }

  @Test func namesThatStandTwiceAreErrors() {
    var weight = Onnx_TensorProto()
    weight.name = "w"
    var proto = SmallModels.proto([("Add", ["x", "w"], "y")], outputs: ["y"])
    proto.graph.initializer = [weight, weight]
    #expect { try Graph(proto.graph) } throws: { "\($0)".contains("'w'") }
    #expect {
      try SmallModels.model([("Relu", ["x"], "y")], inputs: ["x", "x"], outputs: ["y"])
    } throws: {
      "\($0)".contains("test: graph input 'x'")
    }
  }

  @Test func negativeDimensionsAreFree() throws {
    var proto = SmallModels.proto([("Relu", ["x"], "y")], outputs: ["y"])
    for (position, size) in [-1, 3, 16, 16].enumerated() {
      proto.graph.input[0].type.tensorType.shape.dim[position].dimValue = Int64(size)
    }
    let input = try #require(Graph(proto.graph).inputs.first)
    #expect(input.shape == [nil, 3, 16, 16])
    #expect(input.batchName == nil)
  }

  /// Half precision may come only from stored weights, constant nodes or casts.
  @Test func otherPrecisionsAreSeenWhereverTheyComeFrom() throws {
    let plain = SmallModels.proto([("Cast", ["x"], "y")], outputs: ["y"])
    #expect(try !Graph(plain.graph).hasOtherPrecision)
    var cast = plain
    var target = Onnx_AttributeProto()
    (target.name, target.type, target.i) = ("to", .int, Int64(ElementType.float16.rawValue))
    cast.graph.node[0].attribute = [target]
    #expect(try Graph(cast.graph).hasOtherPrecision)
    var constant = plain
    constant.graph.node[0].opType = "Constant"
    var value = Onnx_AttributeProto()
    (value.name, value.type) = ("value", .tensor)
    value.t.dataType = ElementType.bfloat16.rawValue
    constant.graph.node[0].attribute = [value]
    #expect(try Graph(constant.graph).hasOtherPrecision)
    var double = plain
    double.graph.input[0].type.tensorType.elemType = ElementType.double.rawValue
    #expect(try Graph(double.graph).hasOtherPrecision)
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
    #expect(graph.hasOtherPrecision)
  }

  /// A body may return a tensor of the surrounding graph unchanged.
  @Test func whatABodyHandsOutIsRead() throws {
    var proto = SmallModels.proto([("Relu", ["x"], "a"), ("If", ["c"], "y")], outputs: ["y"])
    var branch = Onnx_AttributeProto()
    (branch.name, branch.type) = ("then_branch", .graph)
    branch.g.output = [.with { $0.name = "a" }]
    proto.graph.node[1].attribute = [branch]
    #expect(try Graph(proto.graph).ancestors(of: ["y"]) == ["a", "c", "x", "y"])
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
