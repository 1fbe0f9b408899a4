import ONNXGraph

/// The walk from an output back to the logits that it is made of.
///
/// Behind the logits stand operators that turn them into an answer: a softmax, the best k, a map from names to
/// probabilities. What reads such an answer and is no layer (a cast, a scaling to per cent, the choice of a column) is
/// walked over where an answer is indeed found in front of it; else it belongs to the logits. So does what drops, reorders or
/// reverses classes: a slice behind a softmax, or one less a probability.
struct AnswerWalk {
  private let flow: DataFlow
  private let descendants: Set<String>
  /// The tensor that the walk stands at.
  private var tensor: String
  private(set) var logits: String
  /// The operator that makes probabilities of the logits.
  private(set) var activation: String?

  /// Whether a user named the tensor that the walk begins at: then only an activation at its end is walked over.
  private let isNamed: Bool
  /// Whether integers were read back: those in front of them are no answer.
  private var isDequantised = false

  init(_ flow: DataFlow, from output: String, isNamed: Bool = false) {
    self.flow = flow
    self.isNamed = isNamed
    descendants = flow.graph.descendants(of: flow.image)
    (tensor, logits) = (output, output)
    while let node = flow.graph.producer(of: tensor), step(over: node) {}
  }

  private mutating func step(over node: Node) -> Bool {
    if activation == nil, let source = normalisedSource(node) {
      reveal(source, activation: node.op == "Div" ? "Softmax" : "LogSoftmax")
      return true
    }
    let sources = Set(node.inputs.filter(descendants.contains))
    guard let source = sources.first, sources.count == 1 else { return false }
    if Operators.outputActivation.contains(node.op) {
      // Of two activations the one nearer to the output makes the probabilities; the other belongs to the logits.
      guard activation == nil else { return false }
      reveal(source, activation: node.op)
    } else if isAnswer(node) {
      reveal(source, activation: nil)
    } else if isReading(node) || Operators.passThrough.contains(node.op) || Operators.layout.contains(node.op)
    {
      if node.op == "DequantizeLinear" { isDequantised = true }
      tensor = source
    } else {
      return false
    }
    return true
  }

  private func isAnswer(_ node: Node) -> Bool {
    guard !isNamed else { return false }
    if node.op == "QuantizeLinear" { return !isDequantised }
    return Self.answers.contains(node.op) && node.int("largest", default: 1) == 1
  }

  /// Whether a node may stand between answers, and leaves every class in its place.
  private func isReading(_ node: Node) -> Bool {
    guard !isNamed else { return false }
    let constants = node.inputs.filter { !$0.isEmpty && !descendants.contains($0) }
    switch node.op {
    case "Mul", "Div", "Add":
      return node.inputs.first.map(descendants.contains) == true && constants.allSatisfy(isOneNumber)
    case "Gather", "ArrayFeatureExtractor":
      // The look-up of a label, or the choice of one column.
      return node.inputs.first.map(descendants.contains) == false || constants.allSatisfy(isOneNumber)
    default: return Self.readings.contains(node.op)
    }
  }

  private func isOneNumber(_ tensor: String) -> Bool {
    flow.graph.constantDims(of: tensor)?.reduce(1, *) == 1
  }

  private mutating func reveal(_ source: String, activation: String?) {
    (tensor, logits) = (source, source)
    if let activation { self.activation = activation }
  }

  /// These make an answer of logits or probabilities.
  private static let answers: Set = ["TopK", "ArgMax", "Hardmax", "ZipMap", "LabelEncoder"]

  private static let readings: Set = [
    "GatherElements", "Clip", "Log", "Exp", "ReduceMax", "Round", "Floor", "OneHot", "Greater", "Less",
    "GreaterOrEqual", "LessOrEqual", "Not", "Max", "Min",
  ]
}

extension AnswerWalk {
  /// The logits of a softmax or its logarithm that is written out: `exp(l − m) / Σ exp(l − m)`, `l − log Σ exp l`.
  private func normalisedSource(_ node: Node) -> String? {
    guard node.inputs.count == 2 else { return nil }
    switch node.op {
    case "Div":
      guard let power = producer(of: node.inputs[0], is: "Exp"),
        let sum = producer(of: node.inputs[1], is: "ReduceSum"), same(sum.inputs[0], node.inputs[0])
      else { return nil }
      return unshifted(power.inputs[0])
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

  /// A tensor less its maximum is that tensor, to a softmax.
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
