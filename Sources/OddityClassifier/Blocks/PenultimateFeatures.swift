import ONNXGraph

/// The penultimate features of a classifier in its graph: a tensor, and what makes rows [N, D] of it.
package struct PenultimateFeatures: Sendable {
  package let tensor: String
  /// D
  package let count: Int
  /// Axes that are averaged over: those of a feature map's positions, where the network averages behind its last layer.
  package let averagedAxes: [Int]
  /// The tensor's dimensions without the batch; 1 in place of positions that are free.
  package let dims: [Int]
  package let type: ElementType

  /// - Returns: `nil` without a linear layer, and where what follows it is not what its answers say: no average over all
  ///   of its map, or not one value for each class.
  init?(_ head: ClassifierHead, classes: Int, shapes: TensorShapes, in flow: DataFlow) {
    guard let tensor = head.features, let shape = shapes[tensor]?.dropFirst(), !shape.isEmpty else {
      return nil
    }
    let isConvolution = head.layer.flatMap(flow.graph.producer).map { Operators.convolution.contains($0.op) }
    let channelAxis = isConvolution == true ? 1 : shape.count
    guard let channels = shape[channelAxis] else { return nil }
    if let layer = head.layer,
      head.pooling == nil || !head.averagesWholeMap(of: layer, shapes: shapes, in: flow)
    {
      guard head.pooling == nil, let outputs = shapes.classes(of: layer),
        head.selectsClasses ? outputs >= classes : outputs == head.layerOutputs(classes)
      else { return nil }
    }
    let positions = (1...shape.count).filter { $0 != channelAxis }
    self.tensor = tensor
    dims = shape.map { $0 ?? 1 }
    type = shapes.elementType(tensor)
    if head.pooling != nil {
      (count, averagedAxes) = (channels, shapes.isFeatureMap(tensor) ? positions : [])
    } else {
      guard shape.allSatisfy({ $0 != nil }) else { return nil }
      (count, averagedAxes) = (dims.reduce(1, *), [])
    }
  }

  /// The map that they are averages of, where they are.
  func averagedMap(axes: ChannelAxes, shapes: TensorShapes, isLinear: Bool) -> PooledMap? {
    guard !averagedAxes.isEmpty, isLinear else { return nil }
    return Block(tensor: tensor, axes: axes, shapes: shapes).map {
      PooledMap(map: $0, channels: count, isFeatures: true)
    }
  }
}

extension ClassifierHead {
  /// How many outputs the linear layer has: one, where two classes are made of it.
  fileprivate func layerOutputs(_ classes: Int) -> Int {
    if case .twoClasses = derivation { 1 } else { classes }
  }

  /// Whether the pooling gives each class's mean over all positions, of the layer's answers at each of them alone.
  fileprivate func averagesWholeMap(of layer: String, shapes: TensorShapes, in flow: DataFlow) -> Bool {
    guard let pooling, let pool = flow.graph.producer(of: pooling),
      let node = flow.graph.producer(of: layer), let map = shapes[layer]
    else { return false }
    if Operators.convolution.contains(node.op) {
      let kernel = flow.graph.constantDims(of: node.inputs[1])?.dropFirst(2)
      guard kernel?.allSatisfy({ $0 == 1 }) == true, (node.ints("pads") ?? []).allSatisfy({ $0 == 0 }) else {
        return false
      }
    }
    guard pool.op == "AveragePool" else { return true }
    return (pool.ints("pads") ?? []).allSatisfy { $0 == 0 }
      && pool.ints("kernel_shape") == map.dropFirst(2).map { $0 ?? 0 }
  }
}

/// The logits in a classifier's graph.
package struct LogitTensor: Sendable {
  package let tensor: String
  package let classes: Int
  /// Without the batch.
  package let dims: [Int]
  /// The element type, or that of half precision where it may be any.
  package let type: ElementType

  package init(tensor: String, classes: Int, dims: [Int], type: ElementType) {
    (self.tensor, self.classes, self.dims, self.type) = (tensor, classes, dims, type)
  }
}
