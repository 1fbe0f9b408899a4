import Foundation
import ONNXProto

extension Model {
  /// The bytes of this model, with or without appended nodes, in which nodes that OpenVINO computes
  /// incorrectly are replaced by others that it computes correctly. By ONNX's definition the numbers are the
  /// same. Measured with OpenVINO 2026.4 against ONNX Runtime.
  ///
  /// - Throws: ``GraphError`` if the bytes are not a model, or are too large to be written.
  package func substitutingNodes(in bytes: Data) throws(GraphError) -> Data {
    let read = Set(graph.nodes.flatMap { $0.inputs + $0.captured } + graph.outputs.map(\.name))
    let types = graph.guessedElementTypes()
    func substitute(_ node: Node) -> Tensor? {
      node.substitute(opset: opset, read: read, types: types, in: graph)
    }
    guard graph.nodes.contains(where: { substitute($0) != nil }) else { return bytes }
    var proto = try decode(bytes, name: name)
    proto.substitute(substitute)
    return try encode(proto, name: name)
  }
}

extension Onnx_ModelProto {
  /// Replaces every node that has a formula with the nodes of the formula.
  mutating func substitute(_ formula: (Node) -> Tensor?) {
    let opset = standardOpset ?? Model.oldestOpset
    var constants: [Onnx_TensorProto] = []
    graph.node = graph.node.flatMap { node in
      guard let tensor = formula(Node(node)) else { return [node] }
      let made = Appendix.nodes(of: tensor, as: node.output, opset: opset)
      constants += made.constants
      return made.nodes
    }
    graph.initializer += constants
    irVersion = max(irVersion, 4)
  }
}

extension Node {
  /// The replacement of this node; `nil` if it is not changed.
  ///
  /// - Parameters:
  ///   - read: the tensors that are read anywhere.
  ///   - types: the types of tensors, as far as they are known.
  fileprivate func substitute(
    opset: Int, read: Set<String>, types: [String: ElementType], in graph: Graph
  ) -> Tensor? {
    guard domain.isEmpty, inputs.first?.isEmpty == false, outputs.first?.isEmpty == false else { return nil }
    let x = Tensor(named: inputs[0], type: types[inputs[0]] ?? .float)
    return switch op {
    // Dropout does not change an image. OpenVINO removes the node, and the tensor before it loses its name
    // and cannot be requested.
    case "Dropout": read.isDisjoint(with: outputs.dropFirst()) ? x.mapped("Identity") : nil
    case "AveragePool": padded(x)
    case "ReduceL1", "ReduceLogSum", "ReduceLogSumExp": (13..<18).contains(opset) ? reduced(x) : nil
    case "Softmax": opset < 13 ? flattened(x) : nil
    case "Gather": reordered(x, in: graph)
    case "PRelu": sloped(x, in: graph)
    case "LRN": unbiased(x)
    case "LpNormalization": normalised(x)
    default: nil
    }
  }

  /// A mean that counts padding and rounds its size up. OpenVINO divides windows incorrectly if they extend
  /// beyond the padding. If the padding is a separate node, any mean counts it.
  private func padded(_ x: Tensor) -> Tensor? {
    guard int("ceil_mode", default: 0) == 1, int("count_include_pad", default: 0) == 1,
      let pads = ints("pads"), pads.contains(where: { $0 > 0 }), let kernel = ints("kernel_shape"),
      pads.count == 2 * kernel.count, !mayStartInPadding
    else { return nil }
    let padding = Tensor([0, 0] + pads.prefix(kernel.count) + [0, 0] + pads.suffix(kernel.count))
    let kept = ["kernel_shape", "ceil_mode", "strides", "dilations"]
    return x.padded(padding).mapped("AveragePool", attributes.filter { kept.contains($0.key) })
  }

  /// Reductions with axes as an attribute. OpenVINO does not see the attribute and reduces all axes.
  private func reduced(_ x: Tensor) -> Tensor? {
    guard let axes = ints("axes") else { return nil }
    let keep = int("keepdims", default: 1) != 0
    return switch op {
    case "ReduceL1": x.abs().sum(axes: axes, keep: keep)
    case "ReduceLogSum": x.sum(axes: axes, keep: keep).log()
    default: x.logSumExp(axes: axes, keep: keep)
    }
  }

  /// Up to operator set 12, a softmax is taken over all axes from its own one on, but OpenVINO uses only its
  /// own axis.
  private func flattened(_ x: Tensor) -> Tensor? {
    let axis = int("axis", default: 1)
    guard axis >= 0 else { return nil }
    let matrix = x.mapped("Flatten", ["axis": .int(axis)])
    return matrix.mapped("Softmax", ["axis": .int(1)]).reshaped(like: x)
  }

  /// Channels in another order. OpenVINO moves the order into the weights of the next convolution, but
  /// confuses it with its inverse. It does not do so if one more channel is taken and then removed.
  private func reordered(_ x: Tensor, in graph: Graph) -> Tensor? {
    guard inputs.count == 2, let dims = graph.constantDims(of: inputs[1]), dims.count == 1, dims[0] > 2
    else { return nil }
    if let order = graph.numbers(of: inputs[1])?.map({ Int($0) }), order.isOwnInverse { return nil }
    let axis = int("axis", default: 0)
    let order = Tensor(named: inputs[1])
    let longer = Tensor.concatenation([order, order.slice(0..<1, axis: 0)], axis: 0)
    return x.entries(at: longer, axis: axis).slice(0..<dims[0], axis: axis)
  }

  /// OpenVINO truncates the bias to a whole number. The bias is therefore factored out: the node gets a bias
  /// of 1, and a power of the real one scales its output.
  private func unbiased(_ x: Tensor) -> Tensor? {
    let bias = float("bias", default: 1)
    guard bias > 0, bias != bias.rounded() else { return nil }
    let changed: [String: Attribute] = [
      "alpha": .float(float("alpha", default: 1e-4) / bias), "bias": .float(1),
    ]
    let scale = pow(Double(bias), -Double(float("beta", default: 0.75)))
    return x.mapped("LRN", attributes.merging(changed) { $1 }) * scale
  }

  /// OpenVINO adds a small number to the norm, so small vectors become shorter than 1. ONNX divides by the
  /// norm, and keeps zeros.
  private func normalised(_ x: Tensor) -> Tensor {
    let axis = int("axis", default: -1)
    let norm =
      int("p", default: 2) == 1
      ? x.abs().sum(axis: axis, keep: true) : x.norm(axis: axis, keep: true)
    return x / (norm .> 0).choose(norm, else: 1)
  }

  /// Slopes in a list belong to the last axis, but OpenVINO applies them to channels.
  private func sloped(_ x: Tensor, in graph: Graph) -> Tensor? {
    guard let dims = graph.constantDims(of: inputs[1]), dims.count == 1, dims[0] > 1 else { return nil }
    return (x .< 0).choose(x * Tensor(named: inputs[1]), else: x)
  }
}

extension [Int] {
  /// Whether applying this order twice restores the original one.
  fileprivate var isOwnInverse: Bool {
    indices.allSatisfy { indices.contains(self[$0]) && self[self[$0]] == $0 }
  }
}
