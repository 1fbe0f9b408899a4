import OddityStatistics
import ONNXGraph

/// A node after which values are bounded or normalised, so that they are not logits, and which the walk back
/// from the answer cannot pass: an average of two softmaxes, a Tanh at the end, probabilities in another
/// order, an embedding of length 1.
struct AnswerObstacle: Sendable, Equatable {
  let op: String
  let node: String
  /// The input of the node.
  let source: String

  /// The first such node from which a tensor is computed without a layer in between; `nil` if there is none.
  init?(behind tensor: String, in flow: DataFlow) {
    var search = Search(flow: flow)
    guard let found = search.maker(of: tensor), let source = found.inputs.first else { return nil }
    (op, node, self.source) = (found.op, found.name, source)
  }

  /// The outputs of these operators are bounded, so they are not logits.
  static let bounding: Set = [
    "HardSigmoid", "Tanh", "Softsign", "Erf", "LpNormalization", "Normalizer", "Greater", "GreaterOrEqual",
    "Less", "LessOrEqual",
    "Equal",
  ]

  /// - Parameter answer: the tensor that would be used as logits.
  func error(_ answer: String, of model: Model) -> OddityError {
    let name = node.isEmpty ? op : "\(op) '\(node)'"
    let values =
      answer == source ? "" : ", or \(.logits, answer) to use its values as logits anyway"
    return OddityError(
      .noHead,
      "the answer '\(answer)' of \(model.name) is computed from the output of the \(name), which cannot be "
        + "turned back into logits: pass \(.logits, source), the tensor before it\(values)")
  }
}

/// The search back from a tensor, through nodes that work on each value or gather values.
private struct Search {
  let flow: DataFlow
  /// How many more nodes are examined. The path that makes an answer from probabilities is short, but
  /// branches can give many paths.
  private(set) var budget = 200

  /// - Parameter isLogged: whether a logarithm follows, which undoes an exponential.
  mutating func maker(of tensor: String, isLogged: Bool = false) -> Node? {
    budget -= 1
    guard budget > 0, let node = flow.graph.producer(of: flow.source(of: tensor)) else { return nil }
    if bounds(node) || !isLogged && ["Exp", "Softplus"].contains(node.op) { return node }
    let live = flow.liveInputs(node)
    switch node.op {
    case "Log": return live.first.flatMap { maker(of: $0, isLogged: true) }
    case "Mul", "Div", "Add", "Sub", "Sum", "Mean", "Max", "Min":
      var makers: [Node] = []
      for input in live {
        guard let found = maker(of: input, isLogged: isLogged) else { return nil }
        makers.append(found)
      }
      return makers.first
    case "Concat", "Where":
      for input in live {
        if let found = maker(of: input, isLogged: isLogged) { return found }
      }
      return nil
    case "MatMul", "BatchNormalization", "LayerNormalization":
      // Probabilities of classes summed for groups, or each scaled separately.
      return live.count == 1 ? live.first.flatMap(softmax) : nil
    default:
      guard Self.gathering.contains(node.op) || node.op.hasPrefix("Reduce") else { return nil }
      return live.first.flatMap { maker(of: $0, isLogged: isLogged) }
    }
  }

  private func bounds(_ node: Node) -> Bool {
    if AnswerObstacle.bounding.contains(node.op) { return true }
    if node.op == "Clip" { return ClipBounds(node, in: flow.graph).isUnitInterval }
    return ActivationForms(flow: flow).activation(node) != nil || isShare(node)
  }

  private func softmax(_ tensor: String) -> Node? {
    flow.graph.producer(of: flow.source(of: tensor)).flatMap { $0.op == "Softmax" ? $0 : nil }
  }

  /// Whether a node divides values by their sum or their length.
  private func isShare(_ node: Node) -> Bool {
    guard node.op == "Div", node.inputs.count == 2 else { return false }
    var divisor = flow.source(of: node.inputs[1])
    while let made = flow.graph.producer(of: divisor), flow.live.contains(divisor) {
      if ["ReduceSum", "ReduceL1", "ReduceL2"].contains(made.op) {
        return flow.source(of: made.inputs[0]) == flow.source(of: node.inputs[0])
      }
      let live = flow.liveInputs(made)
      guard live.count == 1, ["Add", "Clip", "Max", "Expand"].contains(made.op) else { return false }
      divisor = flow.source(of: live[0])
    }
    return false
  }

  private static let gathering = Operators.passThrough.union(Operators.layout).union(Operators.pooling).union(
    [
      "Neg", "Abs", "Sqrt", "Pow", "Round", "Floor", "Ceil", "Clip", "Exp", "Slice", "Split", "Gather",
      "GatherElements", "Tile", "Expand", "Pad", "TopK", "Relu", "Reciprocal", "CumSum",
    ])
}

/// The bounds of a Clip.
struct ClipBounds {
  /// −∞ and ∞ if there is no bound; NaN if it is unknown.
  let lower: Double
  let upper: Double

  init(_ clip: Node, in graph: Graph) {
    func bound(_ position: Int, _ absent: Double) -> Double {
      guard position < clip.inputs.count, !clip.inputs[position].isEmpty else { return absent }
      return graph.number(of: clip.inputs[position]) ?? .nan
    }
    (lower, upper) = (bound(1, -.infinity), bound(2, .infinity))
  }

  /// Larger numbers do not bound logits.
  private static let large = 1e4

  var isUnitInterval: Bool { lower >= 0 && upper <= 1 }
  var isRelu: Bool { lower == 0 && upper >= Self.large }
  var bindsNothing: Bool { lower <= -Self.large && upper >= Self.large }
}
