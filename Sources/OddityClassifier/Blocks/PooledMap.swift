import OddityStatistics
import ONNXGraph

/// The last feature map of a classifier that is averaged over all its positions on the way to the logits.
package struct PooledMap: Sendable {
  package let map: Block
  /// C
  package let channels: Int
  /// Whether the penultimate features are these averages, in the order of the channels, because all nodes
  /// between keep values and their order.
  let isFeatures: Bool
}

extension PooledMap {
  /// - Parameter links: all links from the image to the penultimate features.
  /// - Returns: `nil` if no map is averaged, as in VGG, or if the last one has a single position.
  init?(_ links: [DataFlow.Link], axes: ChannelAxes, shapes: TensorShapes) {
    let pooling = links.indices.last { links[$0].averagesPositions(axes: axes, shapes: shapes) }
    guard let pooling, let map = Block(tensor: links[pooling].from, axes: axes, shapes: shapes),
      let channels = map.channels
    else { return nil }
    (self.map, self.channels) = (map, channels)
    isFeatures = links[(pooling + 1)...].allSatisfy { $0.keepsOrder(of: channels, shapes: shapes) }
  }
}

extension DataFlow.Link {
  /// Whether a map is the input and the mean over its positions the output, one for each channel.
  fileprivate func averagesPositions(axes: ChannelAxes, shapes: TensorShapes) -> Bool {
    guard !isMerge, let map = Block(tensor: from, axes: axes, shapes: shapes),
      let averages = shapes[to]
    else { return false }
    switch last.op {
    case "GlobalAveragePool": return map.layout == .channelsFirst
    case "ReduceMean": return averages.dropFirst().filter { $0 != 1 } == [map.channels].filter { $0 != 1 }
    case "AveragePool":
      let isPadded = last.ints("pads")?.contains { $0 != 0 } ?? false
      return !isPadded && last.ints("kernel_shape") == map.positions.map { $0 ?? 0 }
    default: return false
    }
  }

  /// Whether it leaves C averages unchanged, because there is only one axis to reorder.
  fileprivate func keepsOrder(of channels: Int, shapes: TensorShapes) -> Bool {
    !isMerge && (Operators.passThrough.contains(last.op) || Operators.layout.contains(last.op))
      && shapes[to]?.dropFirst().filter { $0 != 1 } == [channels].filter { $0 != 1 }
  }
}
