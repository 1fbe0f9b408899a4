import ONNXProto

/// One operation of a graph: its kind, the tensors it reads and writes, and its attributes.
package struct Node: Sendable {
  package let name: String
  package let op: String
  /// The operator set's domain; empty for standard ONNX.
  package let domain: String
  /// The names of the inputs. An omitted optional input is an empty name and keeps its place.
  package let inputs: [String]
  /// The names of the outputs. An omitted optional output is an empty name.
  package let outputs: [String]
  package let attributes: [String: Attribute]
  /// The tensors of the enclosing graph that the bodies of `If`, `Loop` and `Scan` read.
  let captured: [String]

  /// The values of an attribute, as far as graph analysis needs them.
  package enum Attribute: Sendable, Hashable {
    case int(Int)
    case ints([Int])
    case float(Float)
    case floats([Float])
    case string(String)
    case strings([String])
    /// A tensor's dimensions and the type of its elements; its contents stay in the file.
    case tensor(dims: [Int], elementType: ElementType)
    case other
  }

  package func int(_ name: String, default value: Int) -> Int {
    if case .int(let found) = attributes[name] { found } else { value }
  }

  package func float(_ name: String, default value: Float) -> Float {
    if case .float(let found) = attributes[name] { found } else { value }
  }

  package func string(_ name: String) -> String? {
    if case .string(let found) = attributes[name] { found } else { nil }
  }

  package func strings(_ name: String) -> [String]? {
    if case .strings(let found) = attributes[name] { found } else { nil }
  }

  package func ints(_ name: String) -> [Int]? {
    if case .ints(let found) = attributes[name] { found } else { nil }
  }
}

extension Node {
  /// Whether every axis of length 1 is removed, so that even the number of axes depends on the batch.
  package var squeezesAllAxes: Bool { op == "Squeeze" && inputs.count < 2 && attributes["axes"] == nil }
}

extension Node {
  /// Whether the last window of a pool that rounds its size up may start in the padding after the map.
  package var mayStartInPadding: Bool {
    guard let kernel = ints("kernel_shape"), let pads = ints("pads"), pads.count == 2 * kernel.count,
      pads.contains(where: { $0 != 0 })
    else { return false }
    let (strides, dilations) = (ints("strides"), ints("dilations"))
    return kernel.indices.contains { axis in
      pads[kernel.count + axis] > (kernel[axis] - 1) * (dilations?[axis] ?? 1) + 1 - (strides?[axis] ?? 1)
    }
  }
}

extension Node {
  init(_ proto: Onnx_NodeProto) {
    name = proto.name
    op = proto.opType
    domain = proto.domain.standardised
    inputs = proto.input
    outputs = proto.output
    attributes = Dictionary(first: proto.attribute.map { ($0.name, Attribute($0)) })
    captured = Node.captured(by: proto)
  }

  /// The tensors of the enclosing graph that a node's bodies read.
  static func captured(by proto: Onnx_NodeProto) -> [String] {
    proto.bodies.flatMap(\.capturedTensors)
  }
}

extension Onnx_NodeProto {
  /// The graphs within the node: the branches of an If, the body of a Loop.
  var bodies: [Onnx_GraphProto] { attribute.filter(\.hasG).map(\.g) }
}

extension Node.Attribute {
  init(_ proto: Onnx_AttributeProto) {
    self =
      switch proto.type {
      case .int: .int(Int(proto.i))
      case .ints: .ints(proto.ints.map(Int.init))
      case .float: .float(proto.f)
      case .floats: .floats(proto.floats)
      case .string: .string(String(decoding: proto.s, as: UTF8.self))
      case .strings: .strings(proto.strings.map { String(decoding: $0, as: UTF8.self) })
      case .tensor:
        .tensor(
          dims: proto.t.dims.map(Int.init), elementType: ElementType(rawValue: proto.t.dataType))
      default: .other
      }
  }
}

extension Onnx_GraphProto {
  /// The tensors that the nodes of a body read but the body does not compute.
  fileprivate var capturedTensors: [String] {
    let own = Set(node.flatMap(\.output) + input.map(\.name) + initializer.map(\.name))
    let read = node.flatMap { $0.input + Node.captured(by: $0) } + output.map(\.name)
    return read.filter { !$0.isEmpty && !own.contains($0) }
  }
}

extension String {
  /// Whether a domain is that of the standard operators.
  var isStandard: Bool { isEmpty || self == "ai.onnx" }

  /// The domain, with one name for that of the standard operators.
  var standardised: String { isStandard ? "" : self }
}
