import Foundation
import ONNXProto

/// Nodes, constants, outputs and metadata to be added to a model.
///
/// Every operator is written in the form of the model's own operator set (axes moved from attributes to
/// inputs in sets 13 and 18), so the model's set is never changed.
package struct Appendix: Sendable {
  /// The prefix of names that belong to Oddity.
  package static let prefix = "oddity/"

  private let opset: Int
  private let scope: String
  /// The constants of the model.
  private let stored: [String: Graph.Initializer]
  private var proto = Onnx_ModelProto()
  private var count = 0
  /// The outputs of existing nodes and the names of existing constants, by everything that determines their
  /// value, but without their names.
  private var nodes: [Onnx_NodeProto: [String]] = [:]
  private var constants: [Onnx_TensorProto: String] = [:]
  /// The names of expressions that were appended already. The expressions are kept, so that no other can get
  /// the same identity.
  private var named: [ObjectIdentifier: (expression: Expression, names: [String])] = [:]

  /// - Parameter scope: distinguishes the names of this appendix from those of an appendix that the model
  ///   already has.
  package init(to model: Model, scope: String = "") {
    self.init(opset: model.opset, scope: scope, stored: model.graph.initializers)
    // Initializers that are not graph inputs exist since version 4.
    if model.irVersion < 4 { proto.irVersion = 4 }
  }

  private init(opset: Int, scope: String, stored: [String: Graph.Initializer]) {
    (self.opset, self.scope, self.stored) = (opset, scope, stored)
  }

  /// The model with everything added, in one message.
  package func appended(to model: Model) throws(GraphError) -> Data {
    try model.bytes + encode(proto, name: "the edited model")
  }

  package mutating func setMetadata(_ key: String, _ value: String) {
    proto.metadataProps.append(.with { ($0.key, $0.value) = (key, value) })
  }

  /// Declares a further input of the graph.
  ///
  /// - Parameter shape: `nil` for a dynamic size.
  package mutating func addInput(_ name: String, type: ElementType, shape: [Int?]) -> Tensor {
    proto.graph.input.append(Onnx_ValueInfoProto(name, type: type, shape: shape, free: "\(name)/size"))
    return Tensor(named: name, type: type, rank: shape.count)
  }

  /// Declares `tensor` an output of the graph. Without a type, the reader infers it.
  ///
  /// - Parameter sides: the sizes after the batch.
  package mutating func addOutput(
    _ tensor: String, type: ElementType? = nil, batch: Graph.Value? = nil, sides: [Int] = []
  ) {
    proto.graph.output.append(
      Onnx_ValueInfoProto(
        tensor, type: type, shape: [batch?.shape?.first ?? nil] + sides, free: batch?.batchName ?? "N"))
  }

  /// Appends everything that a tensor needs and the graph lacks, and returns the name of the tensor.
  ///
  /// If a node would compute the same as an existing one, the existing one is used.
  package mutating func append(_ tensor: Tensor) -> String { append(tensor.expression)[0] }

  /// Appends a tensor under the given name.
  package mutating func append(_ tensor: Tensor, as name: String) {
    _ = append(Onnx_NodeProto("Identity", [append(tensor)], [name]))
    proto.graph.node[proto.graph.node.count - 1].output = [name]
  }

  /// Appends a tensor under the given name, and declares it an output of the graph.
  package mutating func addOutput(
    _ tensor: Tensor, as name: String, type: ElementType? = nil, batch: Graph.Value? = nil, sides: [Int] = []
  ) {
    append(tensor, as: name)
    addOutput(name, type: type, batch: batch, sides: sides)
  }

  /// The appended tensor as a named one, so that expressions that use it do not contain the earlier
  /// expressions.
  package mutating func appended(_ tensor: Tensor) -> Tensor {
    Tensor(named: append(tensor), type: tensor.type, rank: tensor.rank)
  }

  /// The names of an expression's outputs.
  private mutating func append(_ expression: Expression) -> [String] {
    if let same = named[ObjectIdentifier(expression)] { return same.names }
    let names =
      switch expression.form {
      case .named(let name): [name]
      case .constant(let dims, let type, _, let known?) where has(known, dims: dims, type: type): [known]
      case .constant(let dims, let type, let bytes, _): constant(dims: dims, type: type, bytes: bytes)
      case .operation(let operation, let inputs, let outputs): append(operation, inputs, outputs: outputs)
      case .output(let position, let other): [append(other)[position]]
      }
    named[ObjectIdentifier(expression)] = (expression, names)
    return names
  }

  private mutating func append(_ operation: Operation, _ inputs: [Tensor], outputs: Int) -> [String] {
    let form = operation.form(in: opset)
    let names = (inputs + form.furtherInputs).map { append($0) }
    let node = Onnx_NodeProto(form.op, names, Array(repeating: "out", count: outputs), form.attributes)
    if let same = nodes[node] { return same }
    let made = append(node)
    nodes[node] = made
    return made
  }

  /// Whether the model has a constant with this name, type and shape.
  private func has(_ constant: String, dims: [Int], type: ElementType) -> Bool {
    stored[constant].map { $0.dims == dims && $0.elementType == type } ?? false
  }

  private mutating func constant(dims: [Int], type: ElementType, bytes: Data) -> [String] {
    let value = Onnx_TensorProto.with {
      ($0.dims, $0.dataType, $0.rawData) = (dims.map(Int64.init), type.rawValue, bytes)
    }
    if let same = constants[value] { return [same] }
    var tensor = value
    tensor.name = newName(of: "constant")
    constants[value] = tensor.name
    proto.graph.initializer.append(tensor)
    return [tensor.name]
  }

  /// Appends a node under its own name, names its outputs after it, and returns these names. An output
  /// without a name stays left out.
  private mutating func append(_ original: Onnx_NodeProto) -> [String] {
    var node = original
    node.name = newName(of: node.opType)
    node.output = original.output.enumerated().map { position, output in
      output.isEmpty ? "" : node.name + "_out" + (position == 0 ? "" : "\(position)")
    }
    proto.graph.node.append(node)
    return node.output
  }

  private mutating func newName(of kind: String) -> String {
    count += 1
    return "\(Appendix.prefix)\(scope)\(kind)_\(count)"
  }
}

extension Appendix {
  /// Appends a second copy of the nodes between a model's image, or a tensor after it, and some tensors. The
  /// copy reads another tensor instead. Weights are shared.
  ///
  /// - Parameters:
  ///   - replacement: the tensor that replaces the image.
  /// - Returns: the copies of the tensors, in their order.
  /// - Throws: ``GraphError`` `.unsupported` if there is a control-flow node in between.
  package mutating func copy(
    of model: Model, replacing image: String, with replacement: Tensor, to outputs: [String]
  ) throws(GraphError) -> [String] {
    let live = model.graph.descendants(of: image)
    let needed = model.graph.ancestors(of: outputs, stoppingAt: image).intersection(live).subtracting([image])
    let protos = Dictionary(
      first: try decode(model.bytes, name: model.name).graph.node.flatMap { node in
        node.output.map { ($0, node) }
      })
    var names = [image: append(replacement)]
    for node in model.graph.nodes where node.outputs.contains(where: needed.contains) {
      guard node.captured.isEmpty, var copy = protos[node.outputs[0]] else {
        throw GraphError(
          .unsupported,
          "\(model.name): node '\(node.name)' (\(node.op)) cannot be run a second time on another image")
      }
      copy.input = node.inputs.map { names[$0] ?? $0 }
      copy.output = append(copy)
      for (old, new) in zip(node.outputs, copy.output) where !old.isEmpty { names[old] = new }
    }
    return outputs.map { names[$0] ?? $0 }
  }

  /// The nodes that compute a tensor, and the constants that they read. The outputs of the last node have the
  /// given names.
  ///
  /// - Parameter scope: a part of all other names, by default the first given name.
  static func nodes(
    of tensor: Tensor, as names: [String], opset: Int, scope: String? = nil
  ) -> (nodes: [Onnx_NodeProto], constants: [Onnx_TensorProto]) {
    var appendix = Appendix(opset: opset, scope: "\(scope ?? names[0])/", stored: [:])
    _ = appendix.append(tensor)
    var nodes = appendix.proto.graph.node
    let last = nodes.count - 1
    nodes[last].output = Array(names.prefix(nodes[last].output.count))
    return (nodes, appendix.proto.graph.initializer)
  }
}

extension Onnx_NodeProto {
  init(_ op: String, _ inputs: [String], _ outputs: [String], _ attributes: [String: Node.Attribute] = [:]) {
    self.init()
    (opType, input, output) = (op, inputs, outputs)
    attribute = attributes.sorted { $0.key < $1.key }.map { Onnx_AttributeProto($0.key, $0.value) }
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

extension Onnx_ValueInfoProto {
  /// - Parameters:
  ///   - type: `nil` leaves type and shape to the reader.
  ///   - shape: the sizes, with `nil` for a dynamic one.
  ///   - free: the name of a dynamic size.
  init(_ name: String, type: ElementType? = nil, shape: [Int?] = [], free: String = "N") {
    self.init()
    self.name = name
    guard let type else { return }
    self.type.tensorType.elemType = type.rawValue
    self.type.tensorType.shape.dim = shape.map { size in
      .with { if let size { $0.dimValue = Int64(size) } else { $0.dimParam = free } }
    }
  }
}

extension Dictionary {
  /// A dictionary of pairs in which a key may occur twice. The first one counts.
  init(first pairs: some Sequence<(Key, Value)>) { self.init(pairs, uniquingKeysWith: { first, _ in first }) }
}
