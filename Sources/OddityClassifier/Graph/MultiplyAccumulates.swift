import ONNXGraph

/// Counts the multiply-accumulates of one image's forward pass, for `flops_share`.
package struct MultiplyAccumulates {
  let graph: Graph
  let shapes: TensorShapes
  /// The count of the whole network; `nil` if a relevant shape is unknown.
  private(set) var total: Double?

  /// - Parameter logits: nodes of other heads, which do not lead to the logits, are not counted.
  init(_ flow: DataFlow, to logits: String, shapes: TensorShapes) {
    graph = flow.graph
    self.shapes = shapes
    let needed = flow.ancestors(of: logits)
    total = count(graph.nodes.filter { $0.outputs.contains(where: needed.contains) })
  }

  /// Tensors whose shapes ``share(of:)`` needs.
  static func tensors(for flow: DataFlow, to logits: String) -> [String] {
    let needed = flow.ancestors(of: logits)
    let nodes = flow.graph.nodes.filter { counts($0) && needed.contains($0.outputs[0]) }
    return nodes.flatMap { [$0.outputs[0]] + $0.inputs.prefix(1) }
  }

  /// The count of a convolution, given the shape of its weights and how many numbers it reads and writes.
  /// Only one of the two is used.
  package static func ofConvolution(_ op: String, weights: [Int], read: Double?, written: Double?) -> Double?
  {
    // A transposed convolution has weights [in, out / groups, kernel…] and spreads each number that it reads.
    // Any other has [out, in / groups, kernel…] and sums for each number that it writes.
    (op == "ConvTranspose" ? read : written).map { $0 * Double(weights.dropFirst().reduce(1, *)) }
  }

  /// The share of the network's multiply-accumulates in these nodes; `nil` if it is unknown.
  func share(of nodes: [Node]) -> Double? {
    guard let total, total > 0 else { return nil }
    return count(nodes).map { $0 / total }
  }

  /// The sum over nodes with weights; `nil` if a relevant shape is unknown.
  private func count(_ nodes: [Node]) -> Double? {
    var total = 0.0
    for node in nodes where MultiplyAccumulates.counts(node) {
      guard let macs = count(node) else { return nil }
      total += macs
    }
    return total
  }

  private static func counts(_ node: Node) -> Bool {
    Operators.convolution.contains(node.op) || Operators.matrixProduct.contains(node.op)
  }

  private func count(_ node: Node) -> Double? {
    guard let outputs = elements(node.outputs[0]) else { return nil }
    if Operators.convolution.contains(node.op) {
      guard let weights = graph.constantDims(of: node.inputs[1]) else { return nil }
      return Self.ofConvolution(node.op, weights: weights, read: elements(node.inputs[0]), written: outputs)
    }
    let inner =
      node.int("transA", default: 0) == 1 ? shapes[node.inputs[0]]?.first : shapes[node.inputs[0]]?.last
    guard case .some(.some(let length)) = inner else { return nil }
    return outputs * Double(length)
  }

  private func elements(_ tensor: String) -> Double? {
    guard let shape = shapes[tensor]?.dropFirst(), shape.allSatisfy({ $0 != nil }) else { return nil }
    return shape.reduce(1.0) { $0 * Double($1 ?? 1) }
  }
}
