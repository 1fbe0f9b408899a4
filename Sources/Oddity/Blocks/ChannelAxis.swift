import ONNXGraph

extension MapLayout {
  /// The layout of a feature map of the given rank, from the weights that made it.
  ///
  /// - Returns: `nil` where the rank is not 3 or 4, or nothing upstream tells.
  init?(of tensor: String, rank: Int, in flow: DataFlow) {
    switch rank {
    case 3: self = .tokens
    case 4:
      switch axisOfChannels(of: tensor, in: flow, depth: 0) {
      case 1: self = .channelsFirst
      case -1, 3: self = .channelsLast
      default: return nil
      }
    default: return nil
    }
  }
}

/// Far more steps than any network has between a block's end and its last weights.
private let longestWalk = 200

/// Walks back over elementwise nodes to the nearest weights: axis 1 after convolutions, −1 (the last)
/// after matrix products. A node that changes the rank hides the axis, so another operand is tried.
private func axisOfChannels(of tensor: String, in flow: DataFlow, depth: Int) -> Int? {
  guard depth < longestWalk, let node = flow.graph.producer(of: tensor) else { return nil }
  if Operators.convolution.contains(node.op) || Operators.pooling.contains(node.op)
    || node.op == "BatchNormalization"
  {
    return 1
  }
  if Operators.matrixProduct.contains(node.op), flow.liveInputs(node).count == 1 { return -1 }
  if node.op == "LayerNormalization" { return -1 }
  if node.op == "Transpose" {
    return transposedAxis(
      axisOfChannels(of: node.inputs[0], in: flow, depth: depth + 1), by: node.ints("perm"))
  }
  if Operators.layout.contains(node.op) { return nil }
  return flow.liveInputs(node).lazy.compactMap { axisOfChannels(of: $0, in: flow, depth: depth + 1) }.first
}

private func transposedAxis(_ axis: Int?, by permutation: [Int]?) -> Int? {
  guard let axis, let permutation else { return nil }
  let last = permutation.count - 1
  let moved = permutation.firstIndex(of: axis < 0 ? last : axis)
  return moved == last ? -1 : moved
}
