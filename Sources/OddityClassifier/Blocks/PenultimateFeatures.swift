import ONNXGraph

/// The penultimate features of a classifier in its graph: a tensor, and how it becomes rows [N, D].
package struct PenultimateFeatures: Sendable {
  package let tensor: String
  /// D
  package let count: Int
  /// The axes that are averaged: the positions of a feature map, if the network averages after its last
  /// layer.
  package let averagedAxes: [Int]
  /// The tensor's dimensions without the batch, with 1 for dynamic positions.
  package let dims: [Int]
  package let type: ElementType

  /// - Returns: `nil` without a linear layer, and if the nodes after it do not fit: they do not average over
  ///   the whole map, or do not give one value for each class.
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

  /// The map whose averages they are, if they are averages.
  func averagedMap(axes: ChannelAxes, shapes: TensorShapes, isLinear: Bool) -> PooledMap? {
    guard !averagedAxes.isEmpty, isLinear else { return nil }
    return Block(tensor: tensor, axes: axes, shapes: shapes).map {
      PooledMap(map: $0, channels: count, isFeatures: true)
    }
  }
}

extension ClassifierHead {
  /// The number of the linear layer's outputs. It is one if two classes are made from one value.
  fileprivate func layerOutputs(_ classes: Int) -> Int {
    if case .twoClasses = derivation { 1 } else { classes }
  }

  /// Whether the pooling gives each class's mean over all positions of the layer's outputs.
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
  /// The dimensions without the batch.
  package let dims: [Int]
  /// The element type, or half precision if the type is unknown.
  package let type: ElementType

  package init(tensor: String, classes: Int, dims: [Int], type: ElementType) {
    (self.tensor, self.classes, self.dims, self.type) = (tensor, classes, dims, type)
  }
}
