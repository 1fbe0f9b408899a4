extension DataFlow {
  /// The same flow without the nodes that leave a tensor's values as they are, whose readers read what these do.
  ///
  /// So a quantised network, one with a cast at every step and one with Identity nodes have the same links as the plain
  /// network, between tensors of the same kind: a value before it is quantised, not the integers.
  public func withoutPassThrough() -> DataFlow {
    let nodes = graph.nodes.filter { passedThrough($0) == nil }.map { $0.reading { source(of: $0) } }
    return DataFlow(Graph(graph, nodes: nodes), image: image)
  }

  /// The tensor whose values this one has: behind casts, quantisation and identities, or itself.
  public func source(of tensor: String) -> String {
    var tensor = tensor
    while let node = graph.producer(of: tensor), node.outputs.first == tensor,
      let source = passedThrough(node)
    {
      tensor = source
    }
    return tensor
  }

  /// What a node of no effect hands on; `nil` for other nodes, and for those on constants.
  private func passedThrough(_ node: Node) -> String? {
    guard Operators.passThrough.contains(node.op), let input = node.inputs.first, live.contains(input) else {
      return nil
    }
    return input
  }
}

extension Node {
  /// The node with other names for what it reads.
  func reading(_ name: (String) -> String) -> Node {
    Node(
      name: self.name, op: op, domain: domain, inputs: inputs.map(name), outputs: outputs,
      attributes: attributes, captured: captured.map(name))
  }
}
