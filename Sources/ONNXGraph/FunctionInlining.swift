import ONNXProto

/// How deep calls of functions may be nested, before this is taken for recursion, which ONNX forbids.
private let deepestNesting = 64

/// The most nodes after inlining. A limit of the depth is not enough: if each function calls the next one
/// twice, the number of nodes doubles with every level, so a few hundred bytes could become 2⁶⁴ nodes.
private let mostNodes = 250_000

extension Onnx_ModelProto {
  /// Replaces every call of a model-local function with the function's nodes, also in nested bodies.
  ///
  /// - Throws: ``GraphError`` if functions call each other in a cycle, become too many nodes, or are written
  ///   for another operator set.
  mutating func inlineFunctions() throws(GraphError) {
    let bodies = Dictionary(first: functions.map { ([$0.domain, $0.name, $0.overload], $0) })
    var inlining = FunctionInlining(bodies: bodies, opset: standardOpset)
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
    throw GraphError(.unsupported, "the model's local functions call each other in a cycle")
  }
}

/// The functions of a model, in the form in which they replace their calls.
private struct FunctionInlining {
  /// The functions by their identity: domain, name, and since version 10 an overload.
  let bodies: [[String]: Onnx_FunctionProto]
  let opset: Int?
  private(set) var calls = 0
  private(set) var nodeCount = 0
  /// The operator sets that the called functions use, by their domains.
  private(set) var imports: [String: Onnx_OperatorSetIdProto] = [:]

  /// The nodes, with each call among them and in their bodies replaced once.
  mutating func inlined(_ nodes: [Onnx_NodeProto]) throws(GraphError) -> [Onnx_NodeProto] {
    var result: [Onnx_NodeProto] = []
    for var node in nodes {
      for index in node.attribute.indices where node.attribute[index].hasG {
        node.attribute[index].g.node = try inlined(node.attribute[index].g.node)
      }
      guard let body = bodies[[node.domain, node.opType, node.overload]] else {
        result.append(node)
        continue
      }
      let nodes = body.node.flatMap(\.withNodesOfBodies)
      try check(nodes, of: body)
      calls += 1
      nodeCount += nodes.count
      guard nodeCount <= mostNodes else {
        throw GraphError(
          .unsupported,
          "the model's local functions expand to more than \(mostNodes) nodes: export the model without "
            + "functions"
        )
      }
      for set in body.opsetImport { imports[set.domain.standardised] = set }
      result += FunctionCall(node, of: body, number: calls).nodes()
    }
    return result
  }

  /// After inlining, a function's nodes are interpreted by the model's operator set.
  private func check(_ nodes: [Onnx_NodeProto], of body: Onnx_FunctionProto) throws(GraphError) {
    guard let set = body.opsetImport.first(where: \.domain.isStandard), let opset,
      let node = nodes.first(where: { $0.differs(between: Int(set.version), and: opset) })
    else { return }
    throw GraphError(
      .unsupported,
      "the local function '\(body.name)' is written for operator set \(set.version), in which \(node.opType) is not what it is "
        + "in the model's set \(opset): export the model with one operator set, or inline its functions with onnx.inliner"
    )
  }
}

extension Onnx_NodeProto {
  fileprivate var withNodesOfBodies: [Onnx_NodeProto] {
    [self] + bodies.flatMap { $0.node.flatMap(\.withNodesOfBodies) }
  }

  /// Whether the node has another form or meaning in two operator sets.
  fileprivate func differs(between one: Int, and other: Int) -> Bool {
    domain.isStandard
      && operatorChanges[opType, default: []].contains { min(one, other) < $0 && $0 <= max(one, other) }
  }
}

/// The operator sets that changed the form or meaning of operators: attributes became inputs, defaults
/// changed, modes were renamed. Changes that only add types or attributes are not included.
let operatorChanges = [
  "BatchNormalization": [9, 14], "Clip": [11], "DFT": [20], "Dropout": [12], "GridSample": [20],
  "GroupNormalization": [21], "Hardmax": [13], "LogSoftmax": [13], "Pad": [11, 18], "ReduceL1": [18],
  "ReduceL2": [18], "ReduceLogSum": [18], "ReduceLogSumExp": [18], "ReduceMax": [18], "ReduceMean": [18],
  "ReduceMin": [18], "ReduceProd": [18], "ReduceSum": [13], "ReduceSumSquare": [18], "Resize": [11, 13, 18],
  "RoiAlign": [16], "Scan": [9], "Slice": [10], "Softmax": [13], "Split": [13, 18], "Squeeze": [13],
  "TopK": [10], "Unsqueeze": [13], "Upsample": [9, 10],
]

/// One call of a function: the nodes of its body with their own names.
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

  /// - Parameter kept: tensors that a nested body computes itself.
  private func renamed(_ node: Onnx_NodeProto, kept: Set<String>) -> Onnx_NodeProto {
    var node = node
    // ONNX Runtime refuses equal names of nodes, but accepts empty ones.
    if !node.name.isEmpty { node.name = prefix + node.name }
    node.input = node.input.map { renamed($0, kept: kept) }
    node.output = node.output.map { renamed($0, kept: kept) }
    node.attribute = node.attribute.compactMap { resolved($0, kept: kept) }
    return node
  }

  private func renamed(_ tensor: String, kept: Set<String>) -> String {
    tensor.isEmpty || kept.contains(tensor) ? tensor : names[tensor] ?? prefix + tensor
  }

  /// The attribute with its value, if it refers to one of the call; `nil` if the call does not give it.
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
