import Foundation
import ONNXProto

/// Nodes, constants, outputs and metadata to be added to a model.
///
/// Every operator is emitted in the form that the model's own operator set demands (axes moved from
/// attributes to inputs in sets 13 and 18), so the model's set is never changed.
public struct Appendix: Sendable {
  /// Names that start so belong to Oddity.
  public static let prefix = "oddity/"

  private let opset: Int
  private let scope: String
  private var proto = Onnx_ModelProto()
  private var count = 0
  /// Nodes and constants that there are already, by all that decides their value.
  private var known: [Value: [String]] = [:]
  /// What expressions are called that are appended already; they are kept, so that no other takes the place of one.
  private var named: [ObjectIdentifier: (expression: Expression, names: [String])] = [:]

  /// - Parameter scope: tells the names of this appendix from those of one that the model has already.
  public init(to model: Model, scope: String = "") {
    opset = model.opset
    self.scope = scope
    // Initializers that are no graph inputs came with version 4.
    if model.irVersion < 4 { proto.irVersion = 4 }
  }

  /// The model with everything added, in one message.
  public func appended(to model: Model) throws(GraphError) -> Data {
    try model.bytes + encode(proto, name: "the edited model")
  }

  public mutating func setMetadata(_ key: String, _ value: String) {
    var entry = Onnx_StringStringEntryProto()
    entry.key = key
    entry.value = value
    proto.metadataProps.append(entry)
  }

  /// Declares `tensor` an output of the graph; without a type, the reader infers it.
  public mutating func addOutput(_ tensor: String, type: ElementType? = nil, batch: Graph.Value? = nil) {
    var value = Onnx_ValueInfoProto()
    value.name = tensor
    if let type {
      value.type.tensorType.elemType = type.rawValue
      value.type.tensorType.shape.dim = [Onnx_TensorShapeProto.Dimension(leadingOf: batch)]
    }
    proto.graph.output.append(value)
  }

  /// Appends all that a tensor needs and the graph has not, and returns what the tensor is called.
  ///
  /// What would compute the same as another node is that node.
  public mutating func append(_ tensor: Tensor) -> String { append(tensor.expression)[0] }

  /// Appends a tensor under a name of its own.
  public mutating func append(_ tensor: Tensor, as name: String) {
    _ = node("Identity", [append(tensor)], [:], outputs: [name])
  }

  /// Appends a tensor and declares it an output of the graph, under a name of its own.
  public mutating func addOutput(
    _ tensor: Tensor, as name: String, type: ElementType? = nil, batch: Graph.Value? = nil
  ) {
    append(tensor, as: name)
    addOutput(name, type: type, batch: batch)
  }

  /// The tensor, appended: what is made of it later reaches no further back.
  public mutating func appended(_ tensor: Tensor) -> Tensor {
    Tensor(named: append(tensor), type: tensor.type, rank: tensor.rank)
  }

  /// The names of an expression's outputs.
  private mutating func append(_ expression: Expression) -> [String] {
    if let known = named[ObjectIdentifier(expression)] { return known.names }
    let names =
      switch expression.form {
      case .named(let name): [name]
      case .constant(let dims, let type, let bytes): [constant(dims: dims, type: type, bytes: bytes)]
      case .operation(let operation, let inputs, let outputs): append(operation, inputs, outputs: outputs)
      case .output(let position, let other): [append(other)[position]]
      }
    named[ObjectIdentifier(expression)] = (expression, names)
    return names
  }

  private mutating func append(_ operation: Operation, _ inputs: [Tensor], outputs: Int) -> [String] {
    let form = operation.form(in: opset)
    let names = (inputs + form.furtherInputs).map { append($0) }
    let value = Value.node(op: form.op, inputs: names, attributes: form.attributes)
    if let same = known[value] { return same }
    let made = node(form.op, names, form.attributes, outputs: Array(repeating: nil, count: outputs))
    known[value] = made
    return made
  }

  /// Appends a node of which some outputs may have names that are wanted, and returns their names.
  private mutating func node(
    _ op: String, _ inputs: [String], _ attributes: [String: Node.Attribute], outputs: [String?]
  ) -> [String] {
    count += 1
    var node = Onnx_NodeProto()
    node.opType = op
    node.name = "\(Appendix.prefix)\(scope)\(op)_\(count)"
    node.input = inputs
    node.output = outputs.enumerated().map { position, wanted in
      wanted ?? node.name + "_out" + (position == 0 ? "" : "\(position)")
    }
    node.attribute = attributes.sorted { $0.key < $1.key }.map { Onnx_AttributeProto($0.key, $0.value) }
    proto.graph.node.append(node)
    return node.output
  }

  /// Appends a copy of a node under a name of its own and returns its outputs' names.
  mutating func append(_ original: Onnx_NodeProto) -> [String] {
    count += 1
    var node = original
    node.name = "\(Appendix.prefix)\(scope)\(node.opType)_\(count)"
    node.output = original.output.enumerated().map { position, output in
      output.isEmpty ? "" : node.name + "_out" + (position == 0 ? "" : "\(position)")
    }
    proto.graph.node.append(node)
    return node.output
  }

  private mutating func constant(dims: [Int], type: ElementType, bytes: Data) -> String {
    let value = Value.constant(dims: dims, type: type, bytes: bytes)
    if let same = known[value] { return same[0] }
    count += 1
    var tensor = Onnx_TensorProto()
    tensor.name = "\(Appendix.prefix)\(scope)constant_\(count)"
    known[value] = [tensor.name]
    tensor.dims = dims.map(Int64.init)
    tensor.dataType = type.rawValue
    tensor.rawData = bytes
    proto.graph.initializer.append(tensor)
    return tensor.name
  }
}

extension Appendix {
  /// What a tensor's value depends on.
  private enum Value: Hashable {
    case node(op: String, inputs: [String], attributes: [String: Node.Attribute])
    case constant(dims: [Int], type: ElementType, bytes: Data)
  }
}

extension Onnx_TensorShapeProto.Dimension {
  /// The leading dimension of a graph input: its fixed size, or its symbolic name.
  fileprivate init(leadingOf input: Graph.Value?) {
    self.init()
    if case .some(.some(let size)) = input?.shape?.first {
      dimValue = Int64(size)
    } else {
      dimParam = input?.batchName ?? "N"
    }
  }
}

extension Onnx_AttributeProto {
  init(_ name: String, _ value: Node.Attribute) {
    self.init()
    self.name = name
    switch value {
    case .int(let number): (type, i) = (.int, Int64(number))
    case .ints(let numbers): (type, ints) = (.ints, numbers.map(Int64.init))
    case .float(let number): (type, f) = (.float, number)
    case .string(let text): (type, s) = (.string, Data(text.utf8))
    case .floats, .strings, .tensor, .other: preconditionFailure("appended nodes have no such attributes")
    }
  }
}
