/// The tensors of a graph that carry the image, and those through which the whole image must pass.
package struct DataFlow: Sendable {
  package let graph: Graph
  /// The graph input that is the image.
  package let image: String
  /// Tensors that descend from the image along data edges; all others are constants.
  package let live: Set<String>
  /// For each tensor with the same values as an earlier one, the first tensor of that chain.
  private let sources: [String: String]

  package init(_ graph: Graph, image: String) {
    self.graph = graph
    self.image = image
    var live: Set = [image]
    var sources: [String: String] = [:]
    for node in graph.nodes where !Operators.shapeOf.contains(node.op) {
      guard node.dataInputs.contains(where: live.contains) else { continue }
      if let output = node.outputs.first, let input = node.passedThrough(live) {
        sources[output] = sources[input] ?? input
      }
      live.formUnion(node.dataOutputs)
    }
    self.live = live
    self.sources = sources
  }

  /// The tensor with the original values of this one: the one before casts, quantisation and identities, or
  /// itself.
  package func source(of tensor: String) -> String { sources[tensor] ?? tensor }

  package func liveInputs(_ node: Node) -> [String] {
    node.dataInputs.filter(live.contains)
  }

  /// The nodes between two neighbouring cut tensors. Every path from the image passes through both tensors.
  package struct Link: Sendable {
    package let from: String
    package let to: String
    package let nodes: [Node]

    /// Whether it contains several nodes, so that paths part and meet again.
    package var isMerge: Bool { nodes.count > 1 }
    /// The node that writes `to`.
    package var last: Node { nodes[nodes.count - 1] }
  }

  /// The chain of cut tensors from the image to `stop`, as the links between them.
  ///
  /// A tensor is a cut tensor if after its node it is the only tensor still to be used. This is equivalent to
  /// being dominator and post-dominator, in any topological order.
  package func links(to stop: String) -> [Link] {
    let needed = ancestors(of: stop)
    let path = graph.nodes.filter { node in
      !Operators.shapeOf.contains(node.op) && node.outputs.contains(where: needed.contains)
    }
    var lastUse: [String: Int] = [:]
    for (position, node) in path.enumerated() {
      for input in liveInputs(node) { lastUse[input] = position }
    }
    var links: [Link] = []
    var from = image
    var region: [Node] = []
    var open: Set = [image]
    for (position, node) in path.enumerated() {
      let made = Set(node.outputs.filter(needed.contains))
      region.append(node)
      open = open.filter { lastUse[$0, default: -1] > position }.union(made)
      guard open.count == 1, open == made, let cut = made.first else { continue }
      links.append(Link(from: from, to: cut, nodes: region))
      if cut == stop { break }
      (from, region) = (cut, [])
    }
    return links
  }

  /// The live tensors from which `stop` is reached, including `stop`.
  package func ancestors(of stop: String) -> Set<String> {
    var needed: Set = [stop]
    for node in graph.nodes.reversed() where !Operators.shapeOf.contains(node.op) {
      if node.outputs.contains(where: needed.contains) { needed.formUnion(liveInputs(node)) }
    }
    return needed.intersection(live)
  }
}

extension DataFlow {
  /// The same flow without nodes that do not change values. Their readers read the tensors before them.
  ///
  /// A quantised network, a network with a cast at every step, and one with Identity nodes therefore have the
  /// same links as the plain network, between tensors of the same kind: a value before it is quantised, not
  /// the integers.
  package func withoutPassThrough() -> DataFlow {
    let nodes = graph.nodes.filter { $0.passedThrough(live) == nil }.map { $0.reading { source(of: $0) } }
    return DataFlow(graph.replacingNodes(by: nodes), image: image)
  }
}

extension Node {
  /// The tensor that a node without effect passes on; `nil` for other nodes, and for nodes on constants.
  func passedThrough(_ live: Set<String>) -> String? {
    guard Operators.passThrough.contains(op), let input = inputs.first, live.contains(input) else {
      return nil
    }
    return input
  }

  /// The node with its inputs renamed.
  func reading(_ name: (String) -> String) -> Node {
    Node(
      name: self.name, op: op, domain: domain, inputs: inputs.map(name), outputs: outputs,
      attributes: attributes, captured: captured.map(name))
  }
}
