import ONNXProto

/// How often bodies may call further functions, before it is taken for recursion, which ONNX forbids.
private let deepestNesting = 64

/// Nodes that calls may become. Depth alone bounds nothing: functions that each call the next one twice double with every
/// level, so that a few hundred bytes would be 2⁶⁴ nodes.
private let mostNodes = 250_000

extension Onnx_ModelProto {
  /// Replaces every call of a model-local function by the function's nodes, in the bodies of other nodes too.
  ///
  /// - Throws: ``GraphError`` where functions call one another in a circle or become too many nodes, or one is written for another operator set.
  mutating func inlineFunctions() throws(GraphError) {
    var inlining = FunctionInlining(functions, opset: standardOpset)
    for _ in 0..<deepestNesting {
      let before = inlining.calls
      graph.node = try inlining.inlined(graph.node)
      guard inlining.calls == before else { continue }
      functions = []
      let known = Set(opsetImport.map(\.domain.standardised))
      opsetImport += inlining.imports.values.filter { !known.contains($0.domain.standardised) }
        .sorted { $0.domain < $1.domain }
      return
    }
    throw GraphError(.unsupported, "the model's local functions call one another in a circle")
  }
}

/// The functions of a model, as they are put in the place of their calls.
private struct FunctionInlining {
  private let bodies: [[String]: Onnx_FunctionProto]
  private let opset: Int?
  private(set) var calls = 0
  private var nodeCount = 0
  /// The operator sets that the functions called use, by their domains.
  private(set) var imports: [String: Onnx_OperatorSetIdProto] = [:]

  init(_ functions: [Onnx_FunctionProto], opset: Int?) {
    bodies = Dictionary(first: functions.map { ($0.key, $0) })
    self.opset = opset
  }

  /// The nodes, with the calls among them and in their bodies replaced once.
  mutating func inlined(_ nodes: [Onnx_NodeProto]) throws(GraphError) -> [Onnx_NodeProto] {
    var result: [Onnx_NodeProto] = []
    for var node in nodes {
      for index in node.attribute.indices where node.attribute[index].hasG {
        node.attribute[index].g.node = try inlined(node.attribute[index].g.node)
      }
      guard let body = bodies[node.calledKey] else {
        result.append(node)
        continue
      }
      try checkOperatorSet(of: body)
      calls += 1
      nodeCount += body.node.reduce(0) { $0 + $1.size }
      guard nodeCount <= mostNodes else {
        throw GraphError(
          .unsupported,
          "the model's local functions become more than \(mostNodes) nodes: export the model without functions"
        )
      }
      for set in body.opsetImport { imports[set.domain.standardised] = set }
      result += FunctionCall(node, of: body, number: calls).nodes()
    }
    return result
  }

  /// A function's nodes are read by the model's operator set from then on.
  private func checkOperatorSet(of body: Onnx_FunctionProto) throws(GraphError) {
    guard let own = body.opsetImport.first(where: { $0.domain.standardised.isEmpty }), let opset,
      Int(own.version) != opset,
      let node = body.node.first(where: { $0.domain.isStandard && Self.rewritten.contains($0.opType) })
    else { return }
    throw GraphError(
      .unsupported,
      "the local function '\(body.name)' is written for operator set \(own.version), in which \(node.opType) is not what it is "
        + "in the model's set \(opset): export the model with one operator set, or inline its functions with onnx.inliner"
    )
  }

  /// Operators of which a later set moved attributes to inputs, or gave them another meaning.
  private static let rewritten: Set = [
    "BatchNormalization", "Clip", "Dropout", "GroupNormalization", "Hardmax", "LogSoftmax", "Pad", "ReduceL1",
    "ReduceL2",
    "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum",
    "ReduceSumSquare",
    "Resize", "Softmax", "Split", "Squeeze", "Unsqueeze", "Upsample",
  ]
}

extension Onnx_FunctionProto {
  /// What tells functions apart; since version 10 those of one name, too.
  fileprivate var key: [String] { [domain, name, overload] }
}

extension Onnx_NodeProto {
  /// The key of the function that the node calls, if it calls one.
  fileprivate var calledKey: [String] { [domain, opType, overload] }

  /// The node and those in its bodies.
  fileprivate var size: Int {
    attribute.filter(\.hasG).reduce(1) { sum, body in body.g.node.reduce(sum) { $0 + $1.size } }
  }
}

/// One call of a function: its body's nodes under names of their own.
private struct FunctionCall {
  let body: Onnx_FunctionProto
  let prefix: String
  private let names: [String: String]
  private let attributes: [String: Onnx_AttributeProto]

  init(_ call: Onnx_NodeProto, of body: Onnx_FunctionProto, number: Int) {
    self.body = body
    prefix = "\(call.opType)_\(number)/"
    // Optional inputs that a call leaves out are empty names.
    let given = call.input + Array(repeating: "", count: max(0, body.input.count - call.input.count))
    let inputs = zip(body.input, given).map { ($0, $1) }
    // An output that the call leaves out may still be read within the body.
    let outputs = zip(body.output, call.output).filter { !$1.isEmpty }.map { ($0, $1) }
    names = Dictionary(first: inputs + outputs)
    attributes = Dictionary(first: (call.attribute + body.attributeProto).map { ($0.name, $0) })
  }

  func nodes() -> [Onnx_NodeProto] { body.node.map { renamed($0, kept: []) } }

  /// - Parameter kept: tensors that a nested body makes itself.
  private func renamed(_ node: Onnx_NodeProto, kept: Set<String>) -> Onnx_NodeProto {
    var node = node
    // A name that several nodes have is refused by ONNX Runtime; no name is not.
    if !node.name.isEmpty { node.name = prefix + node.name }
    node.input = node.input.map { renamed($0, kept: kept) }
    node.output = node.output.map { renamed($0, kept: kept) }
    node.attribute = node.attribute.compactMap { resolved($0, kept: kept) }
    return node
  }

  private func renamed(_ tensor: String, kept: Set<String>) -> String {
    tensor.isEmpty || kept.contains(tensor) ? tensor : names[tensor] ?? prefix + tensor
  }

  /// The attribute with a reference to the call's replaced by its value; `nil` where the call gives none.
  private func resolved(_ attribute: Onnx_AttributeProto, kept: Set<String>) -> Onnx_AttributeProto? {
    guard attribute.refAttrName.isEmpty else {
      guard var given = attributes[attribute.refAttrName] else { return nil }
      given.name = attribute.name
      return given
    }
    guard attribute.hasG else { return attribute }
    var attribute = attribute
    let graph = attribute.g
    let own = kept.union(
      graph.node.flatMap(\.output) + graph.input.map(\.name) + graph.initializer.map(\.name))
    attribute.g.node = graph.node.map { renamed($0, kept: own) }
    for index in attribute.g.output.indices where !own.contains(graph.output[index].name) {
      attribute.g.output[index].name = renamed(graph.output[index].name, kept: own)
    }
    return attribute
  }
}
