import Foundation
import ONNXProto

extension Model {
  /// A model in which quantised activations are computed in float32, with the arithmetic by which ONNX
  /// defines them.
  ///
  /// `QuantizeLinear` becomes `Clip(Round(x / scale) + zero point)`, and `DequantizeLinear` becomes `(q -
  /// zero point) · scale`: the same integers, stored as float32. OpenVINO gives other numbers for activations
  /// of 16 bits, and for signed ones of 8 bits that are concatenated, because it moves scales across
  /// operators. It does not change any step of this arithmetic.
  ///
  /// These are not changed: quantised weights, activations with a scale for each channel or a scale that is
  /// not float32, and activations that an operator reads as integers.
  ///
  /// - Throws: ``GraphError`` if the bytes are not a model, or are too large to be written.
  package static func quantisingInFloat(_ bytes: Data, name: String) throws(GraphError) -> Data {
    var proto = try decode(bytes, name: name)
    try proto.quantiseInFloat()
    return try encode(proto, name: name)
  }

  /// This model's graph in that form, or itself if it quantises nothing.
  package func graphQuantisingInFloat() throws(GraphError) -> Graph {
    guard graph.quantises else { return graph }
    var proto = try decode(bytes, name: name)
    try proto.quantiseInFloat()
    return try Graph(proto.graph)
  }
}

extension Graph {
  /// Whether a node quantises.
  package var quantises: Bool { nodes.contains { $0.op == "QuantizeLinear" } }
}

extension Onnx_ModelProto {
  mutating func quantiseInFloat() throws(GraphError) {
    let quantised = QuantisedTensors(try Graph(graph))
    substitute { quantised.formula(of: $0) }
    graph.valueInfo.removeAll { quantised.integers.contains($0.name) }
  }
}

/// The tensors of a graph that hold quantised activations and can hold the same integers as float32. They
/// come from a `QuantizeLinear`, possibly through nodes that only move values, and are read only by
/// `DequantizeLinear`.
private struct QuantisedTensors {
  private(set) var integers: Set<String> = []
  private let graph: Graph
  private let types: [String: ElementType]
  private var readers: [String: [Node]] = [:]
  private let outputs: Set<String>

  init(_ graph: Graph) {
    self.graph = graph
    types = graph.elementTypes()
    outputs = Set(graph.outputs.map(\.name))
    for node in graph.nodes {
      for input in Set(node.inputs + node.captured) { readers[input, default: []].append(node) }
    }
    // Nodes are sorted, so one pass finds the tensors that may hold such integers.
    for node in graph.nodes where range(of: node) != nil || moves(node) {
      integers.formUnion(moved(by: node))
    }
    removeStrangers()
  }

  /// The float32 formula for a node that computes integers; `nil` if the node is not changed.
  func formula(of node: Node) -> Tensor? {
    if readsBack(node) {
      let value = Tensor(named: node.inputs[0])
      return (zeroPoint(of: node).map { value - $0 } ?? value) * Tensor(named: node.inputs[1])
    }
    guard let output = node.outputs.first, integers.contains(output), let range = range(of: node) else {
      return nil
    }
    var value = (Tensor(named: node.inputs[0]) / Tensor(named: node.inputs[1])).mapped("Round")
    if let zeroPoint = zeroPoint(of: node) { value = value + zeroPoint }
    let bounds = [range.lowerBound, range.upperBound].map { Tensor([$0], dims: []) }
    return Tensor(.plain("Clip", [:]), [value] + bounds, type: .float, rank: nil)
  }

  private func zeroPoint(of node: Node) -> Tensor? {
    guard node.inputs.count > 2, !node.inputs[2].isEmpty else { return nil }
    return Tensor(named: node.inputs[2]).cast(to: .float)
  }

  /// The range of integers that a `QuantizeLinear` rounds to; `nil` if the node is not changed, for example
  /// because the zero point's type is unknown.
  private func range(of node: Node) -> ClosedRange<Float>? {
    guard node.op == "QuantizeLinear", node.domain.isEmpty, hasOneScale(node) else { return nil }
    return switch types[node.outputs[0]] {
    case .uint8?: 0...255
    case .int8?: -128...127
    case .uint16?: 0...65_535
    case .int16?: -32_768...32_767
    default: nil
    }
  }

  /// Whether a node converts such integers back to floating-point numbers.
  private func readsBack(_ node: Node) -> Bool {
    node.op == "DequantizeLinear" && node.domain.isEmpty && hasOneScale(node)
      && node.inputs.first.map(integers.contains) == true
  }

  private func hasOneScale(_ node: Node) -> Bool {
    guard node.inputs.count > 1, types[node.inputs[1]] == .float else { return false }
    return graph.constantDims(of: graph.source(ofNumbers: node.inputs[1]))?.allSatisfy { $0 == 1 } == true
  }

  private static let moving: Set = [
    "Identity", "Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "MaxPool", "Slice", "Gather",
    "Concat", "Split", "Expand", "Tile", "DepthToSpace", "SpaceToDepth",
  ]

  private func moves(_ node: Node) -> Bool {
    Self.moving.contains(node.op) && node.domain.isEmpty
      && (node.op == "Concat"
        ? node.inputs.allSatisfy(integers.contains) : node.inputs.first.map(integers.contains) == true)
  }

  /// The outputs with the values of the first input.
  private func moved(by node: Node) -> [String] {
    node.op == "Split" ? node.outputs : Array(node.outputs.prefix(1))
  }

  /// Removes tensors that are read as integers, the tensors that they were moved from, and the tensors moved
  /// from those.
  private mutating func removeStrangers() {
    var count = -1
    while count != integers.count {
      count = integers.count
      for node in graph.nodes.reversed() {
        for output in moved(by: node) where integers.contains(output) && !isReadAsFloat(output) {
          integers.remove(output)
        }
      }
      for node in graph.nodes where Self.moving.contains(node.op) && !moves(node) {
        integers.subtract(moved(by: node))
      }
    }
  }

  private func isReadAsFloat(_ tensor: String) -> Bool {
    !outputs.contains(tensor)
      && (readers[tensor] ?? []).allSatisfy { node in
        (node.inputs.first == tensor || node.op == "Concat")
          && (readsBack(node) || moves(node) && moved(by: node).allSatisfy(integers.contains))
      }
  }
}
