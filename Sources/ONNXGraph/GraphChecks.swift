import ONNXProto

/// Checks that a graph must pass before it is analysed or given to the engine, which crashes on some invalid
/// graphs.
extension Onnx_GraphProto {
  /// - Throws: ``GraphError`` `.invalidGraph` naming the node or the tensor.
  func checkWiring() throws(GraphError) {
    try checkUnique(initializer.map(\.name), "initializer")
    try checkUnique(input.map(\.name), "graph input")
    for node in node {
      try node.checkArity()
      try node.checkBodies()
    }
    try checkSources()
  }

  /// Checks that every tensor that is read or returned has exactly one origin: a node, an initializer, or an
  /// input.
  private func checkSources() throws(GraphError) {
    let stored = initializer.map(\.name) + sparseInitializer.map(\.values.name)
    var known = Set(stored + input.map(\.name))
    for output in node.flatMap(\.output) where !output.isEmpty && !known.insert(output).inserted {
      throw GraphError(.invalidGraph, "tensor '\(output)' is written twice: export the model again")
    }
    for node in node {
      let reads = node.input + Node.captured(by: node)
      if let missing = reads.first(where: { !$0.isEmpty && !known.contains($0) }) {
        throw GraphError(
          .invalidGraph,
          "the \(node.opType) that writes '\(node.output[0])' reads '\(missing)', but no node writes this "
            + "tensor: export the model again"
        )
      }
    }
    if let missing = output.first(where: { !known.contains($0.name) }) {
      throw GraphError(
        .invalidGraph, "no node writes the output '\(missing.name)': export the model again")
    }
  }

  private func checkUnique(_ names: [String], _ kind: String) throws(GraphError) {
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted {
      throw GraphError(.invalidGraph, "\(kind) '\(name)' occurs twice in the graph")
    }
  }
}

extension Onnx_NodeProto {
  fileprivate func checkArity() throws(GraphError) {
    guard output.contains(where: { !$0.isEmpty }) else {
      throw GraphError(.invalidGraph, "a node of type \(opType) ('\(name)') writes no tensor")
    }
    guard domain.isStandard, let required = requiredInputs[opType] else { return }
    let given = input.prefix(required).count { !$0.isEmpty }
    guard given == required else {
      throw GraphError(
        .invalidGraph,
        "the \(opType) that writes '\(output[0])' lacks one of its \(required) inputs: export the model again"
      )
    }
  }
}

extension Onnx_NodeProto {
  /// OpenVINO 2026.4 needs a time that grows with the square of the number of nested bodies: two seconds of a
  /// processor for five hundred, and more than twenty for two thousand, which fit in a file of 200 kB.
  private static let mostBodies = 256

  /// The time doubles with each level of nesting: four seconds for 16 levels, and hours for 30.
  private static let deepestBodies = 12

  /// - Throws: ``GraphError`` `.invalidGraph` if a node has so many bodies, or such deep ones, that the
  ///   engine would not finish.
  fileprivate func checkBodies() throws(GraphError) {
    let (count, depth) = (bodyCount, bodyDepth)
    guard count <= Self.mostBodies, depth <= Self.deepestBodies else {
      let most = count > Self.mostBodies ? "\(count) bodies, more than \(Self.mostBodies)" : nil
      let deepest = "bodies nested \(depth) deep, more than \(Self.deepestBodies)"
      throw GraphError(
        .invalidGraph,
        "the \(opType) that writes '\(output[0])' holds \(most ?? deepest): export the model without such branches"
      )
    }
  }

  /// The number of bodies of a node and of all nodes in them.
  private var bodyCount: Int {
    bodies.reduce(0) { $0 + $1.node.reduce(1) { $0 + $1.bodyCount } }
  }

  /// The depth of nested bodies.
  private var bodyDepth: Int {
    bodies.map { 1 + ($0.node.map(\.bodyDepth).max() ?? 0) }.max() ?? 0
  }
}

/// For operators that require several leading inputs, the number of these.
private let requiredInputs = [
  "Conv": 2, "ConvTranspose": 2, "Gemm": 2, "MatMul": 2, "BatchNormalization": 5, "LayerNormalization": 2,
  "InstanceNormalization": 3, "GroupNormalization": 3, "Add": 2, "Sub": 2, "Mul": 2, "Div": 2, "Pow": 2,
  "PRelu": 2, "Where": 3, "Reshape": 2, "Expand": 2, "Tile": 2, "Gather": 2, "Slice": 3, "Equal": 2,
  "QuantizeLinear": 2, "DequantizeLinear": 2, "CastLike": 2,
]
