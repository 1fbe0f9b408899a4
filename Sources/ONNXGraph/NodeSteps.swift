import ONNXProto

/// The nodes that stand for one node, with names made from its output's.
struct NodeSteps {
  private let prefix: String
  private var nodes: [Onnx_NodeProto] = []

  init(_ tensor: String) { prefix = "\(Appendix.prefix)float/\(tensor)/" }

  mutating func add(_ op: String, _ inputs: [String], _ attributes: [String: Node.Attribute] = [:]) -> String
  {
    append(op, inputs, "\(prefix)\(nodes.count)", attributes.map { Onnx_AttributeProto($0.key, $0.value) })
  }

  mutating func constant(_ value: Float) -> String {
    var tensor = Onnx_TensorProto()
    (tensor.dataType, tensor.floatData) = (ElementType.float.rawValue, [value])
    return constant(tensor)
  }

  /// A constant of one axis.
  mutating func constant(_ values: [Int64]) -> String {
    var tensor = Onnx_TensorProto()
    (tensor.dataType, tensor.dims) = (ElementType.int64.rawValue, [Int64(values.count)])
    tensor.int64Data = values
    return constant(tensor)
  }

  private mutating func constant(_ tensor: Onnx_TensorProto) -> String {
    var attribute = Onnx_AttributeProto()
    (attribute.name, attribute.type, attribute.t) = ("value", .tensor, tensor)
    return append("Constant", [], "\(prefix)\(nodes.count)", [attribute])
  }

  /// All nodes, the last of which writes the tensor that the original wrote.
  consuming func ending(
    _ op: String, _ inputs: [String], _ output: String, _ attributes: [String: Node.Attribute] = [:]
  ) -> [Onnx_NodeProto] {
    _ = append(op, inputs, output, attributes.map { Onnx_AttributeProto($0.key, $0.value) })
    return nodes
  }

  private mutating func append(
    _ op: String, _ inputs: [String], _ output: String, _ attributes: [Onnx_AttributeProto]
  ) -> String {
    var node = Onnx_NodeProto()
    (node.opType, node.name, node.input, node.output) = (op, output, inputs, [output])
    node.attribute = attributes
    nodes.append(node)
    return output
  }
}
