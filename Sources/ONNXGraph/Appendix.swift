import Foundation
import ONNXProto

/// Nodes, constants, outputs and metadata to be added to a model.
///
/// Every operator is emitted in the form that the model's own operator set demands (axes moved from
/// attributes to inputs in sets 13 and 18), so the model's set is never changed.
public struct Appendix: Sendable {
  /// Names that start so belong to Oddity.
  public static let prefix = "oddity/"

  let opset: Int
  private let scope: String
  private var proto = Onnx_ModelProto()
  private var count = 0
  /// Nodes and constants that there are already, by all that decides their value.
  private var known: [Value: String] = [:]

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

  /// Appends a node with one output and returns the output's name; a node that would compute what another does
  /// already is that node.
  ///
  /// - Parameter output: the name wanted; by default a fresh one.
  public mutating func add(
    _ op: String, _ inputs: [String], _ attributes: [String: Node.Attribute] = [:], output: String? = nil
  ) -> String {
    let value = Value.node(op: op, inputs: inputs, attributes: attributes)
    if output == nil, let same = known[value] { return same }
    let outputs = add(op, inputs, attributes, outputs: [output])
    if output == nil { known[value] = outputs[0] }
    return outputs[0]
  }

  /// Appends a node with several outputs, of which some may have names that are wanted, and returns their names.
  public mutating func add(
    _ op: String, _ inputs: [String], _ attributes: [String: Node.Attribute] = [:], outputs: [String?]
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

  /// Stores a constant of the given dimensions and returns its name.
  public mutating func constant(_ values: [Float], dims: [Int]) -> String {
    constant(dims: dims, type: .float, bytes: values.withUnsafeBytes { Data($0) })
  }

  public mutating func constant(_ values: [Int64], dims: [Int]) -> String {
    constant(dims: dims, type: .int64, bytes: values.withUnsafeBytes { Data($0) })
  }

  public mutating func constant(_ values: [Bool], dims: [Int]) -> String {
    constant(dims: dims, type: .bool, bytes: Data(values.map { $0 ? 1 : 0 }))
  }

  private mutating func constant(dims: [Int], type: ElementType, bytes: Data) -> String {
    let value = Value.constant(dims: dims, type: type, bytes: bytes)
    if let same = known[value] { return same }
    count += 1
    var tensor = Onnx_TensorProto()
    tensor.name = "\(Appendix.prefix)\(scope)constant_\(count)"
    known[value] = tensor.name
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
