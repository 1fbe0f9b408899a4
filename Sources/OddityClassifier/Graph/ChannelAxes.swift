import ONNXGraph

/// The axis that holds channels in each tensor, according to the nearest weights before it or, if there are
/// none, after it.
///
/// Convolutions, poolings and batch norms have channels in axis 1, layer norms in the last axis. A product
/// with a constant matrix mixes the last axis, which holds channels unless they are known to be elsewhere.
/// Elementwise nodes keep their operand's axis, and Transpose moves it. A node that changes the rank hides
/// it, so another operand is examined. If the axis is still unknown, as after a reshape, the nodes that read
/// the tensor determine it by the same rules.
struct ChannelAxes: Sendable {
  /// The last axis, whatever the rank.
  static let last = -1

  private var axes: [String: Int] = [:]

  init(_ flow: DataFlow) {
    for node in flow.graph.nodes {
      guard let axis = axis(behind: node, in: flow) else { continue }
      for output in node.outputs where flow.live.contains(output) { axes[output] = axis }
    }
    for node in flow.graph.nodes.reversed() {
      guard let axis = axis(before: node, in: flow) else { continue }
      for input in flow.liveInputs(node) where axes[input] == nil { axes[input] = axis }
    }
  }

  /// `nil` if no weights determine it.
  subscript(tensor: String) -> Int? { axes[tensor] }

  private func axis(behind node: Node, in flow: DataFlow) -> Int? {
    let live = flow.liveInputs(node)
    if let fixed = Self.fixedAxis(of: node) { return fixed }
    if Operators.matrixProduct.contains(node.op), live.count == 1 {
      return axes[live[0]] ?? ChannelAxes.last
    }
    if node.op == "Transpose" { return transposed(live.first.flatMap { axes[$0] }, by: node.ints("perm")) }
    if changesRank(node, in: flow.graph) { return nil }
    return live.lazy.compactMap { axes[$0] }.first
  }

  /// The axis in which a node requires its operands' channels.
  private func axis(before node: Node, in flow: DataFlow) -> Int? {
    if let fixed = Self.fixedAxis(of: node) { return fixed }
    if Operators.matrixProduct.contains(node.op) {
      return flow.liveInputs(node).count == 1 ? ChannelAxes.last : nil
    }
    if changesRank(node, in: flow.graph) && node.op != "Transpose" { return nil }
    let output = node.outputs.lazy.compactMap { axes[$0] }.first
    return node.op == "Transpose" ? source(of: output, in: node.ints("perm")) : output
  }

  /// The axis in which an operator has channels by definition.
  private static func fixedAxis(of node: Node) -> Int? {
    if node.op == "LayerNormalization" { return last }
    let isInSecond =
      Operators.convolution.contains(node.op) || Operators.pooling.contains(node.op)
      || node.op == "BatchNormalization"
    return isInSecond ? 1 : nil
  }

  /// The axis that a permutation moves to `axis`.
  private func source(of axis: Int?, in permutation: [Int]?) -> Int? {
    guard let axis, let permutation, axis < permutation.count else { return nil }
    let last = permutation.count - 1
    let moved = permutation[axis == ChannelAxes.last ? last : axis]
    return moved == last ? ChannelAxes.last : moved
  }

  private func changesRank(_ node: Node, in graph: Graph) -> Bool {
    Operators.layout.contains(node.op)
      || node.op.hasPrefix("Reduce") && node.int("keepdims", default: 1) == 0
      || node.op == "Gather" && node.inputs.count > 1 && graph.constantDims(of: node.inputs[1]) == []
  }

  private func transposed(_ axis: Int?, by permutation: [Int]?) -> Int? {
    guard let axis, let permutation else { return nil }
    let last = permutation.count - 1
    let moved = permutation.firstIndex(of: axis == ChannelAxes.last ? last : axis)
    return moved == last ? ChannelAxes.last : moved
  }
}

extension MapLayout {
  /// The layout of a feature map; `nil` if the rank is not 3 or 4, or if the channel axis of a map of rank 4
  /// is unknown. Maps of rank 3 are always tokens.
  init?(rank: Int, channelAxis: Int?) {
    switch (rank, channelAxis) {
    case (3, _): self = .tokens
    case (4, 1): self = .channelsFirst
    case (4, ChannelAxes.last), (4, 3): self = .channelsLast
    default: return nil
    }
  }
}

/// Which axes of a feature map are channels and which are positions.
public enum MapLayout: String, Sendable, Codable {
  /// [N, C, H, W]
  case channelsFirst
  /// [N, H, W, C]
  case channelsLast
  /// [N, T, C]
  case tokens

  package var channelAxis: Int {
    switch self {
    case .channelsFirst: 1
    case .channelsLast: 3
    case .tokens: 2
    }
  }

  package var positionAxes: [Int] {
    switch self {
    case .channelsFirst: [2, 3]
    case .channelsLast: [1, 2]
    case .tokens: [1]
    }
  }
}
