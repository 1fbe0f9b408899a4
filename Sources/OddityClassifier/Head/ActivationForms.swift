import ONNXGraph

/// A softmax or a sigmoid, as one operator or as several.
struct Activation {
  /// `Softmax`, `LogSoftmax` or `Sigmoid`.
  let op: String
  let source: String
  /// How the logits are computed from the source; `nil` if the source is the logits.
  var derivation: LogitDerivation?
  /// The axis that a softmax is taken over.
  var axis: Int?
}

/// The forms in which exporters write activations.
///
/// Casts and identities between the operators are ignored.
struct ActivationForms {
  let flow: DataFlow

  /// The activation that ends at a node; `nil` if there is none.
  func activation(_ node: Node) -> Activation? {
    if Operators.outputActivation.contains(node.op), let source = node.inputs.first {
      let axis = node.op == "Sigmoid" ? nil : node.int("axis", default: Self.unstatedAxis)
      return Activation(op: node.op, source: source, axis: axis)
    }
    if let source = normalisedSource(node) {
      return Activation(op: node.op == "Sub" ? "LogSoftmax" : "Softmax", source: source)
    }
    if let first = twoClasses(node) { return first }
    guard let sigmoid = sigmoid(endingIn: node) else { return nil }
    return Activation(
      op: "Sigmoid", source: sigmoid.source, derivation: sigmoid.isNegated ? .negative : nil)
  }

  /// The axis of a softmax that does not state one. It depends on the operator set.
  static let unstatedAxis = Int.min

  /// `σ(source)`, or `σ(−source)` if it is negated.
  private typealias Sigmoid = (source: String, isNegated: Bool)

  private func sigmoid(_ tensor: String) -> Sigmoid? {
    flow.graph.producer(of: flow.source(of: tensor)).flatMap(sigmoid(endingIn:))
  }

  private func sigmoid(endingIn node: Node) -> Sigmoid? {
    let inputs = node.inputs
    switch node.op {
    case "Sigmoid": return (inputs[0], false)
    case "Reciprocal": return onePlusExp(inputs[0]).map(negated)
    case "Pow" where flow.graph.number(of: inputs[1]) == -1: return onePlusExp(inputs[0]).map(negated)
    case "Div":
      guard let exponent = onePlusExp(inputs[1]) else { return shiftedTanh(node) }
      if flow.graph.number(of: inputs[0]) == 1 { return negated(exponent) }
      guard let power = producer(of: inputs[0], is: "Exp"), same(power.inputs[0], exponent) else {
        return nil
      }
      return (exponent, false)
    case "Sub":
      guard flow.graph.number(of: inputs[0]) == 1, let other = sigmoid(inputs[1]) else { return nil }
      return (other.source, !other.isNegated)
    case "Neg":
      // −softplus(−x) is the logarithm of σ(x).
      return producer(of: inputs[0], is: "Softplus").map { negated($0.inputs[0]) }
    case "Add", "Mul": return shiftedTanh(node)
    default: return nil
    }
  }

  /// The x of `½ + ½ tanh(x/2)`, in either form.
  private func shiftedTanh(_ node: Node) -> Sigmoid? {
    let curve: Node?
    if let sum = other(than: 0.5, in: node, of: "Add") {
      curve = halved(sum).flatMap { producer(of: $0, is: "Tanh") }
    } else {
      curve = halved(endingIn: node).flatMap { producer(of: $0, is: "Add") }
        .flatMap { other(than: 1, in: $0, of: "Add") }.flatMap { producer(of: $0, is: "Tanh") }
    }
    return curve.flatMap { halved($0.inputs[0]) }.map { ($0, false) }
  }

  private func halved(_ tensor: String) -> String? {
    flow.graph.producer(of: flow.source(of: tensor)).flatMap(halved(endingIn:))
  }

  private func halved(endingIn node: Node) -> String? {
    if node.op == "Div", flow.graph.number(of: node.inputs[1]) == 2 { return node.inputs[0] }
    return other(than: 0.5, in: node, of: "Mul")
  }

  /// The x of `1 + exp(x)`.
  private func onePlusExp(_ tensor: String) -> String? {
    producer(of: tensor, is: "Add").flatMap { other(than: 1, in: $0, of: "Add") }
      .flatMap { producer(of: $0, is: "Exp") }?.inputs[0]
  }

  /// The operand next to a number.
  private func other(than number: Double, in node: Node, of op: String) -> String? {
    guard node.op == op, node.inputs.count == 2 else { return nil }
    let numbers = node.inputs.map { flow.graph.number(of: $0) }
    if numbers[0] == number { return node.inputs[1] }
    return numbers[1] == number ? node.inputs[0] : nil
  }

  /// `σ(−exponent)`.
  private func negated(_ exponent: String) -> Sigmoid {
    if let node = flow.graph.producer(of: flow.source(of: exponent)) {
      if node.op == "Neg" { return (node.inputs[0], false) }
      if let value = other(than: -1, in: node, of: "Mul") { return (value, false) }
      if node.op == "Sub", flow.graph.number(of: node.inputs[0]) == 0 { return (node.inputs[1], false) }
    }
    return (exponent, true)
  }

  /// `1 − σ(x)` and `σ(x)` next to each other, as the answer for two classes.
  private func twoClasses(_ node: Node) -> Activation? {
    guard node.op == "Concat", node.inputs.count == 2 else { return nil }
    let parts = node.inputs.compactMap { sigmoid(behindLayout: $0) }
    guard parts.count == 2, same(parts[0].source, parts[1].source), parts[0].isNegated != parts[1].isNegated
    else { return nil }
    return Activation(
      op: "Softmax", source: parts[0].source, derivation: .twoClasses(isPresentFirst: parts[1].isNegated))
  }

  /// Like ``sigmoid(_:)``, but with `σ(−x)` in one form, however an exporter writes it.
  private func sigmoid(behindLayout tensor: String) -> Sigmoid? {
    var tensor = flow.source(of: tensor)
    while let node = flow.graph.producer(of: tensor), Operators.layout.contains(node.op) {
      tensor = flow.source(of: node.inputs[0])
    }
    guard let found = sigmoid(tensor) else { return nil }
    guard let negation = producer(of: found.source, is: "Neg") else { return found }
    return (negation.inputs[0], !found.isNegated)
  }
}

extension ActivationForms {
  /// The logits of a softmax or its logarithm that is written in several operators: `exp(l − m) / Σ exp(l −
  /// m)`, `l − log Σ exp l`.
  private func normalisedSource(_ node: Node) -> String? {
    guard node.inputs.count == 2 else { return nil }
    switch node.op {
    case "Div":
      return powers(node.inputs[0], sharing: node.inputs[1])
    case "Mul":
      let inverses = node.inputs.map { producer(of: $0, is: "Reciprocal") }
      if let sum = inverses[1] { return powers(node.inputs[0], sharing: sum.inputs[0]) }
      return inverses[0].flatMap { powers(node.inputs[1], sharing: $0.inputs[0]) }
    case "Sub":
      if let whole = producer(of: node.inputs[1], is: "ReduceLogSumExp") {
        return same(whole.inputs[0], node.inputs[0]) ? node.inputs[0] : nil
      }
      guard let logarithm = producer(of: node.inputs[1], is: "Log"),
        let sum = producer(of: logarithm.inputs[0], is: "ReduceSum"),
        let power = producer(of: sum.inputs[0], is: "Exp"), same(power.inputs[0], node.inputs[0])
      else { return nil }
      return unshifted(node.inputs[0])
    default: return nil
    }
  }

  /// The l of `exp(l)` and its sum.
  private func powers(_ tensor: String, sharing total: String) -> String? {
    let total = producer(of: total, is: "Expand")?.inputs[0] ?? total
    guard let power = producer(of: tensor, is: "Exp"),
      let sum = producer(of: total, is: "ReduceSum") ?? producer(of: total, is: "ReduceL1"),
      same(sum.inputs[0], tensor)
    else { return nil }
    return unshifted(power.inputs[0])
  }

  /// For a softmax, a tensor minus its maximum is the same as that tensor.
  private func unshifted(_ tensor: String) -> String {
    guard let shift = producer(of: tensor, is: "Sub"), shift.inputs.count == 2,
      let maximum = producer(of: shift.inputs[1], is: "ReduceMax"), same(maximum.inputs[0], shift.inputs[0])
    else { return tensor }
    return shift.inputs[0]
  }

  private func same(_ first: String, _ second: String) -> Bool {
    flow.source(of: first) == flow.source(of: second)
  }

  private func producer(of tensor: String, is op: String) -> Node? {
    flow.graph.producer(of: flow.source(of: tensor)).flatMap { $0.op == op ? $0 : nil }
  }
}
