import ONNXProto

/// Whether nodes have the form that ONNX gives their operators. OpenVINO passes over attributes and inputs that an operator does
/// not have, and over attributes of another type: it would make another network of a file with a misspelt `strides`, of which
/// ONNX Runtime makes none.
extension Onnx_GraphProto {
  /// Checks the nodes, those of nested bodies included.
  ///
  /// - Parameter opset: the version of the standard operator set, at least ``Model/oldestOpset``.
  /// - Throws: ``GraphError`` `.invalidGraph` naming the node and what its operator does not have.
  func checkForms(opset: Int) throws(GraphError) {
    // Later sets may have given operators more.
    guard opset <= OperatorForm.newestOpset else { return }
    let stored = Dictionary(first: initializer.map { ($0.name, $0.dims) })
    for node in node where node.domain.isStandard {
      try node.checkForm(opset: opset)
      try node.checkKernel(of: node.input.dropFirst().first.flatMap { stored[$0] })
    }
    for node in node {
      for body in node.bodies { try body.checkForms(opset: opset) }
    }
  }
}

extension Onnx_NodeProto {
  fileprivate func checkForm(opset: Int) throws(GraphError) {
    guard let form = OperatorForm.of(opType, opset: opset) else { return }
    if let flaw = form.flaw(of: self) {
      throw GraphError(
        .invalidGraph,
        "the \(opType) that writes '\(output.first { !$0.isEmpty } ?? "")' \(flaw): export the model again")
    }
  }
}

extension Onnx_NodeProto {
  /// OpenVINO looks at a convolution's weights alone, where ONNX Runtime refuses an attribute that contradicts them.
  ///
  /// - Parameter weights: the sides of the weights, where the file holds them: channels, then the kernel.
  fileprivate func checkKernel(of weights: [Int64]?) throws(GraphError) {
    guard Operators.convolution.contains(opType), let weights,
      let kernel = attribute.first(where: { $0.name == "kernel_shape" })?.ints,
      kernel != Array(weights.dropFirst(2))
    else { return }
    throw GraphError(
      .invalidGraph,
      "the \(opType) that writes '\(output.first ?? "")' has a kernel_shape of \(kernel), and its weights are \(weights): "
        + "export the model again")
  }
}

/// What an operator has in one of the standard sets from ``Model/oldestOpset`` on.
struct OperatorForm: Sendable {
  /// The first set in which the operator has this form.
  let opset: Int
  let fewestInputs: Int
  let mostInputs: Int
  let attributes: [String: Attribute]

  struct Attribute: Sendable {
    let type: Onnx_AttributeProto.AttributeType
    let isRequired: Bool
  }

  static let newestOpset = 28

  /// A number for each axis of an image. OpenVINO takes an empty one for one that is not there.
  private static let ofWindows: Set = ["kernel_shape", "strides", "dilations", "pads"]

  /// The form in a set; in sets that do not have the operator yet, which some runtimes take all the same, its first form.
  static func of(_ operation: String, opset: Int) -> OperatorForm? {
    let forms = all[operation]
    return forms?.last { $0.opset <= opset } ?? forms?.first
  }

  /// What a node has and its operator does not have, or the other way round; `nil` for nothing.
  fileprivate func flaw(of node: Onnx_NodeProto) -> String? {
    let names = node.attribute.map(\.name)
    if Set(names).count < names.count { return "has an attribute twice" }
    if let missing = attributes.first(where: { $0.value.isRequired && !names.contains($0.key) }) {
      return "lacks the attribute '\(missing.key)'"
    }
    if node.input.count > mostInputs {
      return "has \(node.input.count) inputs in place of at most \(mostInputs)"
    }
    if node.input.count < fewestInputs { return "lacks one of its \(fewestInputs) inputs" }
    return node.attribute.lazy.compactMap(flaw).first
  }

  private func flaw(of attribute: Onnx_AttributeProto) -> String? {
    // ONNX leaves names that begin with two underscores to programs.
    if attribute.name.hasPrefix("__") { return nil }
    guard let expected = attributes[attribute.name] else {
      return "has an attribute '\(attribute.name)', which this operator does not have"
    }
    guard attribute.type == expected.type, attribute.valueTypes.allSatisfy({ $0 == expected.type }) else {
      return "has an attribute '\(attribute.name)' of another type than this operator takes"
    }
    if Self.ofWindows.contains(attribute.name), attribute.ints.isEmpty {
      return "has an empty '\(attribute.name)'"
    }
    return attribute.name == "group" && attribute.i < 1 ? "has \(attribute.i) groups" : nil
  }
}

extension OperatorForm {
  /// The forms of each operator, oldest first.
  private static let all: [String: [OperatorForm]] = Dictionary(
    grouping: table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }, by: { $0[0] }
  ).mapValues { $0.map(OperatorForm.init) }

  private init(_ words: [String]) {
    let inputs = words[2].split(separator: "-")
    opset = Int(words[1]) ?? 0
    fewestInputs = Int(inputs[0]) ?? 0
    mostInputs = Int(inputs[1]) ?? .max
    attributes = Dictionary(
      words[3...].map { word in
        let parts = word.split(separator: ":")
        return (String(parts[0]), Attribute(parts[1]))
      }, uniquingKeysWith: { $1 })
  }
}

extension OperatorForm.Attribute {
  /// A letter, and "!" for one that is required.
  fileprivate init(_ text: Substring) {
    type = text.first.flatMap { Self.types[$0] } ?? .undefined
    isRequired = text.hasSuffix("!")
  }

  private static let types: [Character: Onnx_AttributeProto.AttributeType] = [
    "f": .float, "F": .floats, "i": .int, "I": .ints, "s": .string, "S": .strings, "t": .tensor,
    "p": .sparseTensor,
    "g": .graph, "y": .typeProto,
  ]
}

extension Onnx_AttributeProto {
  /// The types of the values that it holds: one, or none where an exporter left a zero out.
  fileprivate var valueTypes: [AttributeType] {
    let held: [(AttributeType, Bool)] = [
      (.float, hasF), (.floats, !floats.isEmpty), (.int, hasI), (.ints, !ints.isEmpty), (.string, hasS),
      (.strings, !strings.isEmpty), (.tensor, hasT), (.tensors, !tensors.isEmpty), (.graph, hasG),
      (.graphs, !graphs.isEmpty), (.sparseTensor, hasSparseTensor), (.sparseTensors, !sparseTensors.isEmpty),
      (.typeProto, hasTp), (.typeProtos, !typeProtos.isEmpty),
    ]
    return held.filter(\.1).map(\.0)
  }
}
