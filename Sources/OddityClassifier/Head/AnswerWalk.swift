import ONNXGraph

/// The walk from an output back to the logits that it is computed from.
///
/// After the logits come operators that turn them into an answer: a softmax, the best k, a map from names to
/// probabilities. A node that reads such an answer and is not a layer (a cast, a scaling to per cent, the
/// choice of a column) is passed only if an answer is found before it. Otherwise it belongs to the logits.
/// The same holds for nodes that drop, reorder or reverse classes, such as a slice after a softmax, which
/// ``AnswerObstacle`` then finds.
struct AnswerWalk {
  private let flow: DataFlow
  private let descendants: Set<String>
  /// The current tensor of the walk.
  private var tensor: String
  private(set) var logits: String
  /// The activation that turns logits into probabilities.
  private(set) var activation: Activation?
  /// How the logits are computed from the tensor.
  private(set) var derivation: LogitDerivation?
  /// Whether the nodes after the logits decide for one of several classes.
  private(set) var decides = false

  /// Whether the logits are compared with zero, so that each has its own sigmoid.
  private(set) var isCompared = false

  /// Whether a user named the tensor at which the walk begins. Only an activation at its end is then passed.
  private let isNamed: Bool
  /// Whether integers were dequantised. An integer tensor before that is not an answer.
  private var isDequantised = false

  init(_ flow: DataFlow, from output: String, isNamed: Bool = false) {
    self.flow = flow
    self.isNamed = isNamed
    descendants = flow.graph.descendants(of: flow.image)
    (tensor, logits) = (output, output)
    while let node = flow.graph.producer(of: tensor), step(over: node) {}
  }

  private mutating func step(over node: Node) -> Bool {
    // Of two activations, the one nearer to the output makes the probabilities. The other belongs to the
    // logits.
    if activation == nil, derivation == nil, let found = ActivationForms(flow: flow).activation(node) {
      reveal(found.source)
      (activation, derivation) = (found, found.derivation)
      decides = decides || found.op != "Sigmoid"
      return true
    }
    let sources = Set(node.inputs.filter(descendants.contains))
    guard derivation == nil, let source = sources.first, sources.count == 1 else { return false }
    if isAnswer(node) {
      reveal(source)
      decides = decides || Self.answers.contains(node.op)
      isCompared = isCompared || node.op.hasPrefix("Greater")
      // The smallest value decides.
      if node.op == "ArgMin" || node.int("largest", default: 1) == 0 { derivation = .negative }
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
    switch node.op {
    case "QuantizeLinear": return !isDequantised
    case "Squeeze": return node.squeezesAllAxes
    case "Greater", "GreaterOrEqual":
      return activation == nil && node.inputs.dropFirst().allSatisfy { flow.graph.number(of: $0) == 0 }
    default: return Self.answers.contains(node.op)
    }
  }

  /// Whether a node may come between answers, and keeps every class in its place.
  private func isReading(_ node: Node) -> Bool {
    guard !isNamed else { return false }
    let constants = node.inputs.filter { !$0.isEmpty && !descendants.contains($0) }
    let isFirst = node.inputs.first.map(descendants.contains) == true
    switch node.op {
    case "Mul": return constants.allSatisfy(isPositive)
    case "Div": return isFirst && constants.allSatisfy(isPositive)
    case "Add": return constants.allSatisfy(isOneNumber)
    case "Sub": return isFirst && constants.allSatisfy(isOneNumber)
    case "Slice": return isOneColumn(node)
    case "Gather", "ArrayFeatureExtractor":
      // The look-up of a label, or the choice of one column.
      return !isFirst || constants.allSatisfy(isOneNumber)
    default: return Self.readings.contains(node.op)
    }
  }

  private func isOneNumber(_ tensor: String) -> Bool {
    flow.graph.constantDims(of: tensor)?.reduce(1, *) == 1
  }

  /// Whether it is one number that does not change the order of classes.
  private func isPositive(_ tensor: String) -> Bool {
    isOneNumber(tensor) && (flow.graph.number(of: tensor) ?? 1) > 0
  }

  /// Whether a slice chooses one column.
  private func isOneColumn(_ node: Node) -> Bool {
    guard node.inputs.count >= 3, let start = flow.graph.number(of: node.inputs[1]),
      let end = flow.graph.number(of: node.inputs[2])
    else { return false }
    return end - start == 1 || start == -1 && end > 1e9
  }

  private mutating func reveal(_ source: String) { (tensor, logits) = (source, source) }

  /// These operators make an answer from logits or probabilities.
  static let answers: Set = ["TopK", "ArgMax", "ArgMin", "Hardmax", "ZipMap", "LabelEncoder"]

  /// These operators may come between an answer and the output.
  static let readings: Set = [
    "GatherElements", "Clip", "Log", "Exp", "ReduceMax", "Round", "Floor", "OneHot", "Greater", "Less",
    "GreaterOrEqual", "LessOrEqual", "Not", "Max", "Min",
  ]
}
