import ONNXGraph

/// The walk from an output back to the logits that it is made of.
///
/// Behind the logits stand operators that turn them into an answer: a softmax, the best k, a map from names to
/// probabilities. What reads such an answer and is no layer (a cast, a scaling to per cent, the choice of a column) is
/// walked over where an answer is indeed found in front of it; else it belongs to the logits. So does what drops, reorders or
/// reverses classes, such as a slice behind a softmax, which ``AnswerObstacle`` then finds.
struct AnswerWalk {
  private let flow: DataFlow
  private let descendants: Set<String>
  /// The tensor that the walk stands at.
  private var tensor: String
  private(set) var logits: String
  /// What makes probabilities of the logits.
  private(set) var activation: Activation?
  /// What has to be made of the tensor to have the logits.
  private(set) var derivation: LogitDerivation?
  /// Whether one class of several is decided for behind the logits.
  private(set) var decides = false

  /// Whether what is compared with zero is the logits, so that each has a sigmoid.
  private(set) var isCompared = false

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
    // Of two activations the one nearer to the output makes the probabilities; the other belongs to the logits.
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
      // The smallest decides.
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

  /// Whether a node may stand between answers, and leaves every class in its place.
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

  /// One number that leaves the order of classes as it is.
  private func isPositive(_ tensor: String) -> Bool {
    isOneNumber(tensor) && (flow.graph.number(of: tensor) ?? 1) > 0
  }

  /// Whether a slice is the choice of one column.
  private func isOneColumn(_ node: Node) -> Bool {
    guard node.inputs.count >= 3, let start = flow.graph.number(of: node.inputs[1]),
      let end = flow.graph.number(of: node.inputs[2])
    else { return false }
    return end - start == 1 || start == -1 && end > 1e9
  }

  private mutating func reveal(_ source: String) { (tensor, logits) = (source, source) }

  /// These make an answer of logits or probabilities.
  static let answers: Set = ["TopK", "ArgMax", "ArgMin", "Hardmax", "ZipMap", "LabelEncoder"]

  /// These may stand between an answer and the output.
  static let readings: Set = [
    "GatherElements", "Clip", "Log", "Exp", "ReduceMax", "Round", "Floor", "OneHot", "Greater", "Less",
    "GreaterOrEqual", "LessOrEqual", "Not", "Max", "Min",
  ]
}
