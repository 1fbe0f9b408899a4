extension DataFlow {
  /// The same flow without the nodes that leave a tensor's values as they are, whose readers read what these do.
  ///
  /// So a quantised network, one with a cast at every step and one with Identity nodes have the same links as the plain
  /// network, between tensors of the same kind: a value before it is quantised, not the integers.
  public func withoutPassThrough() -> DataFlow {
    let nodes = graph.nodes.filter { $0.passedThrough(live) == nil }.map { $0.reading { source(of: $0) } }
    return DataFlow(Graph(graph, nodes: nodes), image: image)
  }
}

extension Node {
  /// What a node of no effect hands on; `nil` for other nodes, and for those on constants.
  func passedThrough(_ live: Set<String>) -> String? {
    guard Operators.passThrough.contains(op), let input = inputs.first, live.contains(input) else {
      return nil
    }
    return input
  }

  /// The node with other names for what it reads.
  func reading(_ name: (String) -> String) -> Node {
    Node(
      name: self.name, op: op, domain: domain, inputs: inputs.map(name), outputs: outputs,
      attributes: attributes, captured: captured.map(name))
  }
}
