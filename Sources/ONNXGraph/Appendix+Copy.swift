import ONNXProto

extension Appendix {
  /// Appends a second copy of what lies between a model's image and some tensors, on another image. Weights are shared.
  ///
  /// - Parameters:
  ///   - replacement: the tensor that takes the place of the image.
  /// - Returns: the copies of the tensors, in their order.
  /// - Throws: ``GraphError`` `.unsupported` where a control-flow node lies between.
  public mutating func copy(
    of model: Model, replacing image: String, with replacement: Tensor, to outputs: [String]
  ) throws(GraphError) -> [String] {
    let live = model.graph.descendants(of: image)
    let needed = model.graph.ancestors(of: outputs).intersection(live)
    let protos = Dictionary(
      try decode(model.bytes, name: model.name).graph.node.flatMap { node in node.output.map { ($0, node) } },
      uniquingKeysWith: { first, _ in first })
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
}
