import Foundation
import ONNXProto
import Testing
import TestSupport

@testable import ONNXGraph

/// ONNX Runtime refuses each of these faults. OpenVINO ignores them and computes another network.
struct OperatorFormTests {
  @Test func aNodeOfAnotherFormIsRefusedByName() throws {
    _ = try read(pooling())
    for (fault, part) in faults {
      var node = pooling()
      fault(&node)
      try expectRefusal("\(part)") { try read(node) }
      try expectRefusal("\(part)") { try read(within(node)) }
    }
  }

  @Test func anAttributeThatALaterSetBroughtIsRefusedInAnEarlierOne() throws {
    let node = pooling(with: attribute("dilations", .ints([2, 2])))
    try expectRefusal("'dilations'") { try read(Self.averaging(node), opset: 18) }
    _ = try read(Self.averaging(node), opset: 19)
  }

  @Test func attributesOfProgramsAndOfLaterSetsAreTheirs() throws {
    _ = try read(pooling(with: attribute("__origin", .string(""))))
    _ = try read(pooling(with: attribute("strid-s", .ints([2, 2]))), opset: 1000)
  }

  @Test func aKernelThatItsWeightsContradictIsRefused() throws {
    var proto = SmallModels.proto([("Conv", ["x", "w"], "y")], outputs: ["y"])
    var weights = Onnx_TensorProto()
    (weights.name, weights.dims) = ("w", [2, 3, 3, 3])
    proto.graph.initializer = [weights]
    for (kernel, fits) in [
      ([3, 3], true), ([1, 1], false), ([3], false), ([3, 3, 1], false), ([-3, -3], false),
    ] {
      proto.graph.node[0].attribute = [attribute("kernel_shape", .ints(kernel))]
      let isTaken = (try? Model(bytes: encode(proto, name: "test"), name: "test")) != nil
      #expect(isTaken == fits, "\(kernel)")
    }
  }

  /// An exporter may omit a zero.
  @Test func anAttributeMayHaveItsTypeAlone() throws {
    var zero = attribute("ceil_mode", .int(0))
    zero.clearI()
    _ = try read(pooling(with: zero))
  }

  /// Compares with the schemas of the onnx package.
  @Test func everyFormIsThatOfTheStandard() throws {
    let lines: [String] = try PythonReference.run("operator_forms.py", [String]())
    let table = OperatorForm.table.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(table == lines.map { $0.split(separator: " ") })
  }
}

extension OperatorFormTests {
  private typealias Fault = (inout Onnx_NodeProto) -> Void

  private var faults: [(Fault, String)] {
    [
      ({ $0.attribute[1].name = "strid-s" }, "'strid-s'"),
      ({ $0.attribute[1].type = .floats }, "'strides' of another type"),
      ({ $0.attribute[1].type = .undefined }, "'strides' of another type"),
      ({ $0.attribute[1] = attribute("strides", .int(2)) }, "'strides' of another type"),
      ({ $0.attribute[1].i = 2 }, "'strides' of another type"),
      ({ $0.attribute.append($0.attribute[1]) }, "an attribute twice"),
      ({ $0.attribute.remove(at: 0) }, "lacks the attribute 'kernel_shape'"),
      ({ $0.attribute[1].ints = [] }, "an empty 'strides'"),
      ({ $0.input = ["x", "x"] }, "2 inputs in place of at most 1"),
      ({ $0.input = [] }, "lacks one of its 1 inputs"),
      (
        { ($0.opType, $0.input, $0.attribute) = ("Conv", ["x", "x"], [attribute("group", .int(0))]) },
        "0 groups"
      ),
    ]
  }

  private func pooling(with more: Onnx_AttributeProto? = nil) -> Onnx_NodeProto {
    var node = Onnx_NodeProto()
    (node.opType, node.input, node.output) = ("MaxPool", ["x"], ["y"])
    node.attribute = [attribute("kernel_shape", .ints([2, 2])), attribute("strides", .ints([2, 2]))]
    node.attribute += more.map { [$0] } ?? []
    return node
  }

  private static func averaging(_ node: Onnx_NodeProto) -> Onnx_NodeProto {
    var node = node
    node.opType = "AveragePool"
    return node
  }

  /// A node whose branches contain another node.
  private func within(_ node: Onnx_NodeProto) -> Onnx_NodeProto {
    var branch = Onnx_GraphProto()
    branch.node = [node]
    var choice = Onnx_NodeProto()
    (choice.opType, choice.input, choice.output) = ("If", ["x"], ["y"])
    choice.attribute = ["then_branch", "else_branch"].map { name in
      var attribute = Onnx_AttributeProto()
      (attribute.name, attribute.type, attribute.g) = (name, .graph, branch)
      return attribute
    }
    return choice
  }

  private func attribute(_ name: String, _ value: Node.Attribute) -> Onnx_AttributeProto {
    Onnx_AttributeProto(name, value)
  }

  private func read(_ node: Onnx_NodeProto, opset: Int = 17) throws -> Model {
    var proto = SmallModels.proto([("Relu", ["x"], "y")], outputs: ["y"])
    proto.graph.node = [node]
    proto.opsetImport[0].version = Int64(opset)
    return try Model(bytes: encode(proto, name: "test"), name: "test")
  }

  private func expectRefusal(_ part: String, _ body: () throws -> Model) throws {
    #expect {
      _ = try body()
    } throws: {
      ($0 as? GraphError)?.code == .invalidGraph && "\($0)".contains(part)
    }
  }
}
