import ONNXProto

/// Checks that nodes have the form that ONNX defines for their operators. OpenVINO ignores attributes and
/// inputs that an operator does not have, and attributes of another type. From a file with a misspelt
/// `strides` it would make a different network, while ONNX Runtime refuses it.
extension Onnx_GraphProto {
  /// Checks the nodes, those of nested bodies included.
  ///
  /// - Parameter opset: the version of the standard operator set, at least ``Model/oldestOpset``.
  /// - Throws: ``GraphError`` `.invalidGraph` naming the node and what its operator does not have.
  func checkForms(opset: Int) throws(GraphError) {
    // Later sets may have extended operators.
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
  /// OpenVINO only uses a convolution's weights, while ONNX Runtime refuses an attribute that contradicts
  /// them.
  ///
  /// - Parameter weights: the sizes of the weights, if the file contains them: channels, then the kernel.
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

/// The form of an operator in one of the standard sets from ``Model/oldestOpset`` on.
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

  /// A number for each axis of an image. OpenVINO treats an empty list as missing.
  private static let ofWindows: Set = ["kernel_shape", "strides", "dilations", "pads"]

  /// The form in a set. If the set does not have the operator yet, which some runtimes ignore, its first
  /// form.
  static func of(_ operation: String, opset: Int) -> OperatorForm? {
    let forms = all[operation]
    return forms?.last { $0.opset <= opset } ?? forms?.first
  }

  /// The difference between a node and the form of its operator; `nil` if there is none.
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
    // ONNX reserves names that begin with two underscores for programs.
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
  /// A letter for the type, and "!" if the attribute is required.
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
  /// The types of the values that it holds: one, or none if an exporter left out a zero.
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
