import Foundation
import ONNXProto

extension Model {
  /// A model in which quantised activations are computed in float32, by the arithmetic that ONNX defines them by.
  ///
  /// `QuantizeLinear` becomes `Clip(Round(x / scale) + zero point)` and `DequantizeLinear` `(q - zero point) · scale`: the
  /// same integers, kept as float32. OpenVINO gives other numbers for activations of 16 bits, and for signed ones of 8 bits
  /// that are concatenated, since it moves scales across operators; of this arithmetic it leaves every step as it is.
  ///
  /// Left as they are: quantised weights, and activations with a scale for each channel, with one that is no float32, or
  /// read by an operator that needs integers.
  ///
  /// - Throws: ``GraphError`` where the bytes are no model, or too large to be written.
  public static func quantisingInFloat(_ bytes: Data, name: String) throws(GraphError) -> Data {
    var proto = try decode(bytes, name: name)
    let quantised = QuantisedTensors(proto.graph)
    guard !quantised.integers.isEmpty else { return bytes }
    proto.graph.compute(quantised)
    return try encode(proto, name: name)
  }

  /// This model in that form; itself where it quantises nothing.
  public func quantisingInFloat() throws(GraphError) -> Model {
    guard graph.quantises else { return self }
    return try Model(bytes: Self.quantisingInFloat(bytes, name: name), name: name)
  }
}

extension Graph {
  /// Whether some node quantises.
  public var quantises: Bool { nodes.contains { $0.op == "QuantizeLinear" } }
}

/// The tensors of a graph that hold quantised activations, as far as they can hold the same integers as float32: from a
/// `QuantizeLinear` over what only moves values, to nothing but `DequantizeLinear`.
private struct QuantisedTensors {
  private(set) var integers: Set<String> = []
  private let constants: [String: Onnx_TensorProto]
  private var readers: [String: [Onnx_NodeProto]] = [:]
  private let outputs: Set<String>

  init(_ graph: Onnx_GraphProto) {
    var constants = Dictionary(
      graph.initializer.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for node in graph.node where node.opType == "Constant" {
      if let value = node.attribute.first(where: { $0.name == "value" && $0.hasT }) {
        for output in node.output { constants[output] = value.t }
      }
    }
    self.constants = constants
    outputs = Set(graph.output.map(\.name))
    for node in graph.node {
      for input in Set(node.input).union(node.tensorsOfBodies) { readers[input, default: []].append(node) }
    }
    spread(over: graph.node)
    while let stranger = integers.first(where: { !isReadAsFloat($0) }) { remove(stranger, from: graph.node) }
  }

  /// The integers that a `QuantizeLinear` rounds to; `nil` where it stays as it is.
  func range(of node: Onnx_NodeProto) -> ClosedRange<Float>? {
    guard node.opType == "QuantizeLinear", node.domain.isStandard, hasOneScale(node) else { return nil }
    let zeroPoint = node.input.count > 2 && !node.input[2].isEmpty ? node.input[2] : nil
    let stated = node.attribute.first { $0.name == "output_dtype" }.map { Int32(clamping: $0.i) } ?? 0
    let fallback = stated == 0 ? ElementType.uint8.rawValue : stated
    // A zero point that is computed has a type that the file does not tell.
    guard let type = zeroPoint.map({ constants[$0]?.dataType }) ?? fallback else { return nil }
    return switch ElementType(rawValue: type) {
    case .uint8: 0...255
    case .int8: -128...127
    case .uint16: 0...65_535
    case .int16: -32_768...32_767
    default: nil
    }
  }

  /// Whether a node reads such integers back into floating-point numbers.
  func readsBack(_ node: Onnx_NodeProto) -> Bool {
    node.opType == "DequantizeLinear" && node.domain.isStandard && hasOneScale(node)
      && node.input.first.map(integers.contains) == true
  }

  private func hasOneScale(_ node: Onnx_NodeProto) -> Bool {
    guard node.input.count > 1, let scale = constants[node.input[1]] else { return false }
    return scale.dataType == ElementType.float.rawValue && scale.dims.allSatisfy { $0 == 1 }
  }

  private static let moving: Set = [
    "Identity", "Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "MaxPool", "Slice", "Gather",
    "Concat", "Split",
    "Expand", "Tile", "DepthToSpace", "SpaceToDepth",
  ]

  private func moves(_ node: Onnx_NodeProto) -> Bool {
    Self.moving.contains(node.opType) && node.domain.isStandard
      && (node.opType == "Concat"
        ? node.input.allSatisfy(integers.contains) : node.input.first.map(integers.contains) == true)
  }

  private mutating func spread(over nodes: [Onnx_NodeProto]) {
    var count = -1
    while count != integers.count {
      count = integers.count
      for node in nodes where range(of: node) != nil || moves(node) {
        integers.formUnion(node.output.prefix(1))
      }
      for node in nodes where node.opType == "Split" && moves(node) { integers.formUnion(node.output) }
    }
  }

  private func isReadAsFloat(_ tensor: String) -> Bool {
    !outputs.contains(tensor)
      && (readers[tensor] ?? []).allSatisfy { node in
        let reads = node.input.first == tensor || node.opType == "Concat"
        return reads
          && (readsBack(node) || moves(node) && node.output.prefix(1).allSatisfy(integers.contains))
      }
  }

  /// Removes a tensor, and what is moved from it.
  private mutating func remove(_ tensor: String, from nodes: [Onnx_NodeProto]) {
    integers.remove(tensor)
    for node in nodes where Self.moving.contains(node.opType) && node.input.contains(tensor) {
      for output in node.output where integers.contains(output) { remove(output, from: nodes) }
    }
  }
}

extension Onnx_GraphProto {
  fileprivate mutating func compute(_ quantised: QuantisedTensors) {
    node = node.flatMap { node in
      if quantised.readsBack(node) { return node.dequantisingInFloat() }
      guard let output = node.output.first, quantised.integers.contains(output),
        let range = quantised.range(of: node)
      else { return [node] }
      return node.quantisingInFloat(range)
    }
    valueInfo.removeAll { quantised.integers.contains($0.name) }
  }
}

extension Onnx_NodeProto {
  /// Tensors that the node's bodies read, from outside or not.
  fileprivate var tensorsOfBodies: Set<String> {
    attribute.filter(\.hasG).reduce(into: []) { tensors, attribute in
      for node in attribute.g.node { tensors.formUnion(Set(node.input).union(node.tensorsOfBodies)) }
      tensors.formUnion(attribute.g.output.map(\.name))
    }
  }

  fileprivate func quantisingInFloat(_ range: ClosedRange<Float>) -> [Onnx_NodeProto] {
    var steps = FloatSteps(output[0])
    var value = steps.add("Round", [steps.add("Div", [input[0], input[1]])])
    if let zeroPoint = zeroPoint(&steps) { value = steps.add("Add", [value, zeroPoint]) }
    let bounds = [steps.constant(range.lowerBound), steps.constant(range.upperBound)]
    return steps.ending("Clip", [value] + bounds, output[0])
  }

  fileprivate func dequantisingInFloat() -> [Onnx_NodeProto] {
    var steps = FloatSteps(output[0])
    let value = zeroPoint(&steps).map { steps.add("Sub", [input[0], $0]) } ?? input[0]
    return steps.ending("Mul", [value, input[1]], output[0])
  }

  private func zeroPoint(_ steps: inout FloatSteps) -> String? {
    guard input.count > 2, !input[2].isEmpty else { return nil }
    return steps.add("Cast", [input[2]], to: .float)
  }
}

/// The nodes that stand for one node, with names made from its output's.
private struct FloatSteps {
  private let prefix: String
  private var nodes: [Onnx_NodeProto] = []

  init(_ tensor: String) { prefix = "\(Appendix.prefix)float/\(tensor)/" }

  mutating func add(_ op: String, _ inputs: [String], to type: ElementType? = nil) -> String {
    var attributes: [Onnx_AttributeProto] = []
    if let type { attributes = [Onnx_AttributeProto("to", .int(Int(type.rawValue)))] }
    return append(op, inputs, "\(prefix)\(nodes.count)", attributes)
  }

  mutating func constant(_ value: Float) -> String {
    var attribute = Onnx_AttributeProto()
    (attribute.name, attribute.type) = ("value", .tensor)
    attribute.t.dataType = ElementType.float.rawValue
    attribute.t.floatData = [value]
    return append("Constant", [], "\(prefix)\(nodes.count)", [attribute])
  }

  /// All nodes, the last of which writes the tensor that the original wrote.
  consuming func ending(_ op: String, _ inputs: [String], _ output: String) -> [Onnx_NodeProto] {
    _ = append(op, inputs, output, [])
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

extension String {
  /// Whether a node's domain is that of the standard operators.
  fileprivate var isStandard: Bool { isEmpty || self == "ai.onnx" }
}
