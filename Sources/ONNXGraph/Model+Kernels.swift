import ONNXProto

extension Model {
  /// The model with other kernels in some pools.
  ///
  /// - Parameter kernels: the new `kernel_shape` of the nodes that write these tensors.
  /// - Throws: ``GraphError`` where the result cannot be written.
  public func settingKernels(_ kernels: [String: [Int]]) throws(GraphError) -> Model {
    var proto = try decode(bytes, name: name)
    for index in proto.graph.node.indices {
      guard let output = proto.graph.node[index].output.first, let kernel = kernels[output],
        let place = proto.graph.node[index].attribute.firstIndex(where: { $0.name == "kernel_shape" })
      else { continue }
      proto.graph.node[index].attribute[place].ints = kernel.map(Int64.init)
    }
    return try Model(bytes: encode(proto, name: name), name: name)
  }
}
