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
    proto.graph.quantiseInFloat()
    return try encode(proto, name: name)
  }

  /// This model's graph in that form; itself where it quantises nothing.
  public func graphQuantisingInFloat() throws(GraphError) -> Graph {
    guard graph.quantises else { return graph }
    var proto = try decode(bytes, name: name).graph
    proto.quantiseInFloat()
    return try Graph(proto)
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
  private let constants: [String: StoredValue]
  private var readers: [String: [Onnx_NodeProto]] = [:]
  private let outputs: Set<String>

  init(_ graph: Onnx_GraphProto) {
    constants = StoredValue.all(in: graph)
    outputs = Set(graph.output.map(\.name))
    for node in graph.node {
      for input in Set(node.input).union(node.tensorsOfBodies) { readers[input, default: []].append(node) }
    }
    spread(over: graph.node)
    removeStrangers(from: graph.node)
  }

  /// The integers that a `QuantizeLinear` rounds to; `nil` where it stays as it is.
  func range(of node: Onnx_NodeProto) -> ClosedRange<Float>? {
    guard node.opType == "QuantizeLinear", node.domain.isStandard, hasOneScale(node) else { return nil }
    let zeroPoint = node.input.count > 2 && !node.input[2].isEmpty ? node.input[2] : nil
    let stated = node.attribute.first { $0.name == "output_dtype" }.map { Int32(clamping: $0.i) } ?? 0
    let fallback = stated == 0 ? .uint8 : ElementType(rawValue: stated)
    // A zero point that is computed has a type that the file does not tell.
    guard let type = zeroPoint.map({ constants[$0]?.type }) ?? fallback else { return nil }
    return switch type {
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
    return scale.type == .float && scale.isOneNumber
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

  /// Finds what may hold such integers. Nodes are sorted, so that one pass does.
  private mutating func spread(over nodes: [Onnx_NodeProto]) {
    for node in nodes where range(of: node) != nil || moves(node) { integers.formUnion(moved(by: node)) }
  }

  /// The outputs that have the values of the first input.
  private func moved(by node: Onnx_NodeProto) -> [String] {
    node.opType == "Split" ? node.output : Array(node.output.prefix(1))
  }

  /// Removes what is read as integers, with what it is moved from, and what is moved from that.
  private mutating func removeStrangers(from nodes: [Onnx_NodeProto]) {
    var count = -1
    while count != integers.count {
      count = integers.count
      for node in nodes.reversed() {
        for output in moved(by: node) where integers.contains(output) && !isReadAsFloat(output) {
          integers.remove(output)
        }
      }
      for node in nodes where Self.moving.contains(node.opType) && !moves(node) {
        integers.subtract(moved(by: node))
      }
    }
  }

  private func isReadAsFloat(_ tensor: String) -> Bool {
    !outputs.contains(tensor)
      && (readers[tensor] ?? []).allSatisfy { node in
        let reads = node.input.first == tensor || node.opType == "Concat"
        return reads
          && (readsBack(node) || moves(node) && moved(by: node).allSatisfy(integers.contains))
      }
  }
}

extension Onnx_GraphProto {
  mutating func quantiseInFloat() { compute(QuantisedTensors(self)) }

  private mutating func compute(_ quantised: QuantisedTensors) {
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
    var steps = NodeSteps(output[0])
    var value = steps.add("Round", [steps.add("Div", [input[0], input[1]])])
    if let zeroPoint = zeroPoint(&steps) { value = steps.add("Add", [value, zeroPoint]) }
    let bounds = [steps.constant(range.lowerBound), steps.constant(range.upperBound)]
    return steps.ending("Clip", [value] + bounds, output[0])
  }

  fileprivate func dequantisingInFloat() -> [Onnx_NodeProto] {
    var steps = NodeSteps(output[0])
    let value = zeroPoint(&steps).map { steps.add("Sub", [input[0], $0]) } ?? input[0]
    return steps.ending("Mul", [value, input[1]], output[0])
  }

  private func zeroPoint(_ steps: inout NodeSteps) -> String? {
    guard input.count > 2, !input[2].isEmpty else { return nil }
    return steps.add("Cast", [input[2]], ["to": .int(Int(ElementType.float.rawValue))])
  }
}

extension String {
  /// Whether a node's domain is that of the standard operators.
  var isStandard: Bool { isEmpty || self == "ai.onnx" }
}

/// What is known of a stored value: its type, and whether it is a single number.
private struct StoredValue {
  let type: ElementType
  let isOneNumber: Bool

  /// Of every constant of a graph, with those that only pass through nodes which leave them as they are.
  static func all(in graph: Onnx_GraphProto) -> [String: StoredValue] {
    var values = Dictionary(
      graph.initializer.map { ($0.name, StoredValue($0)) }, uniquingKeysWith: { first, _ in first })
    for node in graph.node where node.domain.isStandard {
      guard let output = node.output.first, let value = StoredValue(node, of: values) else { continue }
      values[output] = value
    }
    return values
  }

  private init(_ tensor: Onnx_TensorProto) {
    self.init(type: ElementType(rawValue: tensor.dataType), isOneNumber: tensor.dims.allSatisfy { $0 == 1 })
  }

  private init(type: ElementType, isOneNumber: Bool) { (self.type, self.isOneNumber) = (type, isOneNumber) }

  private init?(_ node: Onnx_NodeProto, of values: [String: StoredValue]) {
    switch (node.opType, node.attribute.first) {
    case ("Constant", .some(let attribute)):
      switch attribute.name {
      case "value": self.init(attribute.t)
      case "value_float": self.init(type: .float, isOneNumber: true)
      case "value_floats": self.init(type: .float, isOneNumber: attribute.floats.count == 1)
      default: return nil
      }
    case ("Cast", .some(let attribute)):
      guard let value = node.input.first.flatMap({ values[$0] }) else { return nil }
      self.init(type: ElementType(rawValue: Int32(clamping: attribute.i)), isOneNumber: value.isOneNumber)
    case ("Identity", _), ("Reshape", _), ("Squeeze", _), ("Unsqueeze", _), ("Flatten", _):
      guard let value = node.input.first.flatMap({ values[$0] }) else { return nil }
      self = value
    default: return nil
    }
  }
}
