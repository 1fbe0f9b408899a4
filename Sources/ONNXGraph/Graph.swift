import ONNXProto

/// A model's graph as a value that can tell which node writes and which nodes read a tensor.
///
/// Nodes are in topological order, whatever their order in the file. A tensor is named by its string in the
/// file.
package struct Graph: Sendable {
  /// A graph input or output: its name, element type, and dimensions (`nil` if dynamic), or no dimensions if
  /// the file does not state them.
  package struct Value: Sendable {
    package let name: String
    package let elementType: ElementType
    package let shape: [Int?]?
    /// The symbolic name of a dynamic leading dimension, such as `batch`.
    package let batchName: String?
  }

  /// A constant stored in the file.
  package struct Initializer: Sendable {
    package let dims: [Int]
    package let elementType: ElementType
    /// The bytes of its numbers.
    package var bytes: Double { Double(dims.reduce(1, *)) * elementType.bytes }
  }

  package private(set) var nodes: [Node]
  /// The graph inputs, without those whose initializer is only a default.
  package let inputs: [Value]
  package let outputs: [Value]
  package let initializers: [String: Initializer]

  /// Whether some floating-point values have half or double precision. Inner tensors may then have them too,
  /// and sums of squares overflow in half precision.
  package let hasOtherPrecision: Bool

  /// For each tensor, the position of the node that writes it.
  private var producers: [String: Int]
  /// The numbers of constants with few elements.
  let smallConstants: [String: [Double]]

  init(_ proto: Onnx_GraphProto) throws(GraphError) {
    try proto.checkWiring()
    try self.init(unchecked: proto)
  }

  /// A graph whose nodes may have the form of an unsupported operator set.
  init(unchecked proto: Onnx_GraphProto) throws(GraphError) {
    var sorted = proto
    _ = try sorted.sortNodes()
    nodes = sorted.node.map(Node.init)
    producers = Self.producers(nodes)
    let constants = Dictionary(first: proto.initializer.map { ($0.name, Initializer($0)) })
    initializers = constants
    inputs = proto.input.filter { constants[$0.name] == nil }.map(Value.init)
    outputs = proto.output.map(Value.init)
    smallConstants = proto.smallConstants
    let given = inputs.map(\.elementType) + constants.values.map(\.elementType)
    hasOtherPrecision =
      given.contains { [.float16, .bfloat16, .double].contains($0) }
      // A double among values that nodes compute from constants is a scalar that is cast back.
      || nodes.contains { [.float16, .bfloat16].contains($0.elementType(of: [:])) }
  }

  /// The same tensors with other nodes between them.
  func replacingNodes(by nodes: [Node]) -> Graph {
    var graph = self
    (graph.nodes, graph.producers) = (nodes, Self.producers(nodes))
    return graph
  }

  private static func producers(_ nodes: [Node]) -> [String: Int] {
    Dictionary(
      first: nodes.enumerated().flatMap { position, node in
        node.outputs.filter { !$0.isEmpty }.map { ($0, position) }
      })
  }

  /// The node that writes `tensor`; `nil` for graph inputs and initializers.
  package func producer(of tensor: String) -> Node? { producers[tensor].map { nodes[$0] } }

  /// Whether any tensor of this name exists.
  package func contains(_ tensor: String) -> Bool {
    producers[tensor] != nil || initializers[tensor] != nil || inputs.contains { $0.name == tensor }
  }

  /// The dimensions of a constant, found through operators that do not change its content.
  ///
  /// For a transposed matrix the dimensions are swapped. Any other transposition is ignored, because only the
  /// leading dimension of convolution weights is needed.
  package func constantDims(of tensor: String) -> [Int]? {
    var tensor = tensor
    var isTransposed = false
    while true {
      if let initializer = initializers[tensor] {
        return initializer.dims.asMatrix(transposed: isTransposed)
      }
      guard let node = producer(of: tensor) else { return nil }
      if node.op == "Constant" { return node.constantDims?.asMatrix(transposed: isTransposed) }
      guard Operators.constantPassThrough.contains(node.op), let source = node.inputs.first else {
        return nil
      }
      if node.op == "Transpose" { isTransposed.toggle() }
      tensor = source
    }
  }
}

extension Graph {
  /// The bytes of the numbers in an initializer or a `Constant` node; 0 for any other tensor.
  package func bytes(ofConstant tensor: String) -> Double {
    if let initializer = initializers[tensor] { return initializer.bytes }
    guard let node = producer(of: tensor), node.op == "Constant",
      case .tensor(let dims, let elementType) = node.attributes.first?.value
    else { return 0 }
    return Double(dims.reduce(1, *)) * elementType.bytes
  }
}

extension Node {
  /// The dimensions of the value of a `Constant`.
  fileprivate var constantDims: [Int]? {
    switch attributes.first?.value {
    case .tensor(let dims, _): dims
    case .int, .float: []
    case .ints(let numbers): [numbers.count]
    case .floats(let numbers): [numbers.count]
    default: nil
    }
  }
}

extension [Int] {
  fileprivate func asMatrix(transposed: Bool) -> [Int] { transposed && count == 2 ? reversed() : self }
}

extension Graph.Value {
  init(_ proto: Onnx_ValueInfoProto) {
    let tensor = proto.type.tensorType
    let dims = tensor.shape.dim
    name = proto.name
    elementType = ElementType(rawValue: tensor.elemType)
    shape =
      tensor.hasShape
      ? dims.map { dim in
        // Some converters write −1 for a dynamic dimension.
        if case .dimValue(let value) = dim.value, value >= 0 { Int(value) } else { nil }
      } : nil
    batchName = dims.first?.dimParam.isEmpty == false ? dims[0].dimParam : nil
  }
}

extension Graph.Initializer {
  init(_ proto: Onnx_TensorProto) {
    dims = proto.dims.map(Int.init)
    elementType = ElementType(rawValue: proto.dataType)
  }
}
