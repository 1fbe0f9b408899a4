import ONNXProto

extension Onnx_GraphProto {
  /// Moves nodes after those whose tensors they read, here and in nested bodies. The standard requires this
  /// order, but some converters append nodes at the end of the list.
  ///
  /// The order is stable: a sorted graph does not change.
  ///
  /// - Returns: whether anything moved.
  /// - Throws: ``GraphError`` `.invalidGraph` naming a node on a cycle.
  mutating func sortNodes() throws(GraphError) -> Bool {
    var moved = false
    for index in node.indices {
      for position in node[index].attribute.indices where node[index].attribute[position].hasG {
        if try node[index].attribute[position].g.sortNodes() { moved = true }
      }
    }
    var order = NodeOrder(node)
    let sorted = try order.sorted()
    guard sorted != Array(node.indices) else { return moved }
    node = sorted.map { node[$0] }
    return true
  }
}

/// Searches for an order in which every node comes after those that it reads from.
private struct NodeOrder {
  private enum State { case waiting, open, done }

  private let nodes: [Onnx_NodeProto]
  private let reads: [[Int]]
  private var states: [State]
  private var order: [Int] = []

  init(_ nodes: [Onnx_NodeProto]) {
    self.nodes = nodes
    var writers: [String: Int] = [:]
    for (position, node) in nodes.enumerated() {
      for output in node.output where !output.isEmpty { writers[output] = position }
    }
    reads = nodes.map { node in (node.input + Node.captured(by: node)).compactMap { writers[$0] } }
    states = nodes.map { _ in .waiting }
  }

  /// The nodes' positions in the new order.
  mutating func sorted() throws(GraphError) -> [Int] {
    for position in nodes.indices where states[position] == .waiting { try place(position) }
    return order
  }

  /// Places a node after everything that it reads from. It uses an explicit stack, because graphs are deep.
  private mutating func place(_ first: Int) throws(GraphError) {
    var stack = [(node: first, next: 0)]
    states[first] = .open
    while let (node, next) = stack.last {
      guard next < reads[node].count else {
        states[node] = .done
        order.append(node)
        stack.removeLast()
        continue
      }
      stack[stack.count - 1].next += 1
      let source = reads[node][next]
      switch states[source] {
      case .done: continue
      case .open:
        throw GraphError(
          .invalidGraph,
          "the graph has a cycle through node '\(nodes[source].name)' (\(nodes[source].opType)): export the model again"
        )
      case .waiting:
        states[source] = .open
        stack.append((source, 0))
      }
    }
  }
}

extension Onnx_GraphProto {
  /// Gives nodes different names if several have the same one. ONNX Runtime does not load files with equal
  /// names, but some converters write them.
  ///
  /// - Returns: whether there were any.
  mutating func nameNodesApart() -> Bool {
    var taken = Set(node.map(\.name))
    guard taken.count < node.count else { return false }
    var counts: [String: Int] = [:]
    var isChanged = false
    for index in node.indices where !node[index].name.isEmpty {
      let name = node[index].name
      counts[name, default: 0] += 1
      guard counts[name] != 1 else { continue }
      while !taken.insert("\(name)_\(counts[name, default: 2])").inserted { counts[name, default: 2] += 1 }
      node[index].name = "\(name)_\(counts[name, default: 2])"
      isChanged = true
    }
    return isChanged
  }
}
