import ONNXProto

@testable import ONNXGraph

/// Models written by hand, node by node.
enum SmallModels {
  typealias Wiring = (op: String, inputs: [String], output: String)

  static func proto(
    _ nodes: [Wiring], inputs: [String] = ["x"], outputs: [String], opset: Int64 = 17
  ) -> Onnx_ModelProto {
    var model = Onnx_ModelProto()
    model.irVersion = 8
    var set = Onnx_OperatorSetIdProto()
    set.version = opset
    model.opsetImport = [set]
    model.graph.node = nodes.map { wiring in
      var node = Onnx_NodeProto()
      node.opType = wiring.op
      node.name = wiring.output
      node.input = wiring.inputs
      node.output = [wiring.output]
      return node
    }
    model.graph.input = inputs.map { image($0) }
    model.graph.initializer = constants(of: nodes, besides: inputs)
    model.graph.output = outputs.map { image($0) }
    return model
  }

  static func model(
    _ nodes: [Wiring], inputs: [String] = ["x"], outputs: [String], opset: Int64 = 17
  ) throws -> Model {
    try Model(
      bytes: encode(proto(nodes, inputs: inputs, outputs: outputs, opset: opset), name: "test"), name: "test")
  }

  /// A number for every tensor without a node that computes it.
  private static func constants(of nodes: [Wiring], besides inputs: [String]) -> [Onnx_TensorProto] {
    let made = Set(nodes.map(\.output) + inputs)
    return Set(nodes.flatMap(\.inputs)).subtracting(made).filter { !$0.isEmpty }.sorted().map { name in
      var constant = Onnx_TensorProto()
      constant.name = name
      constant.dataType = ElementType.float.rawValue
      constant.floatData = [1]
      return constant
    }
  }

  private static func image(_ name: String) -> Onnx_ValueInfoProto {
    var value = Onnx_ValueInfoProto()
    value.name = name
    value.type.tensorType.elemType = ElementType.float.rawValue
    value.type.tensorType.shape.dim = ["N", "C", "H", "W"].map { name in
      var dim = Onnx_TensorShapeProto.Dimension()
      dim.dimParam = name
      return dim
    }
    return value
  }
}
