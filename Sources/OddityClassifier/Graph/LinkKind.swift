import ONNXGraph

/// What the nodes between two cut tensors do to a feature map (docs/blocks.md, step 2).
enum LinkKind: Equatable {
  /// Mixes positions and channels: a convolution, attention with its projection, a residual block.
  case full
  /// Mixes positions only: depthwise convolution, attention.
  case mix
  /// Mixes channels only: 1×1 convolution, patch embedding, linear layer.
  case point
  /// Scales by a gate computed from the map itself: squeeze-and-excitation.
  case gate
  case activation
  case normalisation
  /// Does not change values.
  case passThrough
  case layout
  /// Pooling, and everything else that changes the size.
  case other

  init(_ link: DataFlow.Link, in flow: DataFlow, shapes: TensorShapes) {
    let ops = Set(link.nodes.map(\.op))
    let weights = Set(link.nodes.compactMap { WeightKind($0, in: flow) })
    let pools = !ops.isDisjoint(with: Operators.pooling)
    let reduces = pools || ops.contains { $0.hasPrefix("Reduce") }
    if link.isMerge, link.last.op == "Mul", link.last.inputs.contains(link.from) {
      self = weights.isEmpty && !reduces ? .activation : .gate
    } else if !weights.isEmpty {
      self = LinkKind(weights)
    } else if !shapes.sameMap(link.from, link.to) {
      self = !link.isMerge && Operators.layout.contains(link.last.op) ? .layout : .other
    } else if link.isMerge {
      let normalises = reduces || !ops.isDisjoint(with: Operators.normalisation)
      self = pools ? .other : normalises ? .normalisation : .activation
    } else {
      self = LinkKind(plain: link.last.op)
    }
  }

  private init(_ weights: Set<WeightKind>) {
    self = weights.contains(.full) || weights.count > 1 ? .full : weights.contains(.mix) ? .mix : .point
  }

  private init(plain op: String) {
    self =
      if ["Concat", "Slice", "Gather", "Split"].contains(op) {
        .other
      } else if Operators.activation.contains(op) {
        .activation
      } else if Operators.normalisation.contains(op) || Operators.arithmetic.contains(op) {
        .normalisation
      } else if Operators.passThrough.contains(op) {
        .passThrough
      } else if Operators.layout.contains(op) {
        .layout
      } else {
        .other
      }
  }
}

/// What a node with weights mixes.
private enum WeightKind: Hashable {
  case full, mix, point

  init?(_ node: Node, in flow: DataFlow) {
    if Operators.convolution.contains(node.op), node.inputs.count > 1, !flow.live.contains(node.inputs[1]) {
      self.init(convolution: node, in: flow.graph)
    } else if Operators.matrixProduct.contains(node.op) {
      self = flow.liveInputs(node).count > 1 ? .mix : .point
    } else if Operators.attention.contains(node.op) {
      self = .mix
    } else {
      return nil
    }
  }

  private init?(convolution node: Node, in graph: Graph) {
    let weights = graph.constantDims(of: node.inputs[1])
    let kernel = node.ints("kernel_shape") ?? weights.map { Array($0.dropFirst(2)) } ?? [3, 3]
    let strides = node.ints("strides") ?? kernel.map { _ in 1 }
    // If kernel ≤ stride, every pixel is used at most once, so nothing is mixed across positions.
    let local = zip(kernel, strides).allSatisfy { $0 <= $1 }
    let depthwise = node.int("group", default: 1) > 1 && weights.map { $0.count > 1 && $0[1] == 1 } == true
    if depthwise, local { return nil }
    self = depthwise ? .mix : local ? .point : .full
  }
}
