import ONNXGraph

/// Where a classifier's decision is made: its logits and, if they are linear in them, the penultimate
/// features `z` with `logits = Wz + b`.
public struct ClassifierHead: Sendable, Equatable {
  /// The tensor of the logits, [N, C]: before any softmax.
  public let logits: String
  /// The tensor of the penultimate features, the last linear layer's input; `nil` without one.
  public let features: String?
  /// Whether `logits = Wz + b` with z the features themselves: not where a pooling or an activation
  /// stands between the linear layer and the logits (SqueezeNet).
  public let isLinear: Bool
  /// The operator between logits and output, such as `Softmax`.
  public let outputActivation: String?

  /// Position of the linear layer among the graph's nodes; the deepest head is the classifier's.
  let depth: Int
}

extension ClassifierHead {
  /// Finds the head that `output` leads back to, by default the deepest of all outputs.
  ///
  /// The walk follows `blocks.md`: outputs are followed back over operators that keep the values,
  /// output activations, a pooling with its ReLU, and one constant bias.
  static func find(in flow: DataFlow, output: String? = nil) throws(OddityError) -> ClassifierHead {
    let candidates = output.map { [$0] } ?? flow.graph.outputs.map(\.name)
    let heads = candidates.filter(flow.live.contains).map { HeadWalk(flow, from: $0).head() }
    guard let deepest = heads.max(by: { $0.depth < $1.depth }) else {
      let name = output.map { "'\($0)'" } ?? "any output"
      throw OddityError(
        .noHead, "\(name) does not depend on the image input '\(flow.image)': pass --logits or --input")
    }
    return deepest
  }
}

/// The walk from one output back to the linear layer.
private struct HeadWalk {
  let flow: DataFlow
  var tensor: String
  var logits: String
  var outputActivation: String?
  var pooled = false
  var activated = false
  var hasBias = false

  init(_ flow: DataFlow, from output: String) {
    self.flow = flow
    tensor = output
    logits = output
  }

  consuming func head() -> ClassifierHead {
    while let node = flow.graph.producer(of: tensor), stepOver(node) {}
    let linear = flow.graph.producer(of: tensor).flatMap { isLinearLayer($0) ? $0 : nil }
    let depth = linear.flatMap { node in flow.graph.nodes.firstIndex { $0.outputs == node.outputs } }
    return ClassifierHead(
      logits: logits, features: linear?.inputs.first, isLinear: linear != nil && !pooled && !activated,
      outputActivation: outputActivation, depth: depth ?? -1)
  }

  /// Moves to the node's input if the node belongs to the head behind its linear layer.
  private mutating func stepOver(_ node: Node) -> Bool {
    guard let source = node.inputs.first else { return false }
    if Operators.passThrough.contains(node.op) || keepsOrder(node) {
      tensor = source
    } else if Operators.outputActivation.contains(node.op), !pooled {
      outputActivation = node.op
      (tensor, logits) = (source, source)
    } else if ["GlobalAveragePool", "AveragePool", "ReduceMean"].contains(node.op) {
      pooled = true
      tensor = source
    } else if node.op == "Relu", pooled {
      activated = true
      tensor = source
    } else if ["Add", "Sum"].contains(node.op), !hasBias, flow.liveInputs(node).count == 1 {
      hasBias = true
      tensor = flow.liveInputs(node)[0]
    } else {
      return false
    }
    return true
  }

  private func keepsOrder(_ node: Node) -> Bool {
    Operators.layout.contains(node.op) && node.op != "Transpose"
  }

  private func isLinearLayer(_ node: Node) -> Bool {
    let live = flow.liveInputs(node)
    guard live.count == 1, node.inputs.first == live[0] else { return false }
    switch node.op {
    case "Gemm", "MatMul": return true
    case "Conv":
      let kernel = flow.graph.constantDims(of: node.inputs[1])?.dropFirst(2)
      return node.int("group", default: 1) == 1 && kernel?.allSatisfy { $0 == 1 } == true
    default: return false
    }
  }
}
