import OddityClassifier
import ONNXGraph

/// A statistic of a channel's values over all positions of a feature map.
public enum ChannelStatistic: String, Hashable, Sendable, CaseIterable {
  case average = "avg"
  /// The unbiased standard deviation, `√(Σ (F − mean F)²/(n − 1))`; 0 if a map of dynamic size has a single
  /// position.
  case deviation = "std"
  case maximum = "max"
  case minimum = "min"
}

/// A feature map of a classifier.
package enum MapPlace: Hashable, Sendable {
  /// The map that is averaged before the head.
  case last
  /// The map at the end of the block with this index.
  case block(Int)

  /// The map in a classifier, with a known number of channels.
  ///
  /// - Throws: ``OddityError`` `.usage` if there is no such map.
  func map(of classifier: Classifier) throws(OddityError) -> Block {
    guard case .block(let index) = self else { return try classifier.requirePooledMap().map }
    guard classifier.blocks.indices.contains(index) else {
      throw OddityError(
        .usage,
        classifier.blocks.isEmpty
          ? "block \(index): \(classifier.model.name) has no blocks"
          : "block \(index): \(classifier.model.name) has the blocks 0 to \(classifier.blocks.count - 1)")
    }
    let block = classifier.blocks[index]
    guard block.channels != nil else {
      throw OddityError(
        .usage,
        "block \(index) ('\(block.tensor)') of \(classifier.model.name) has no fixed number of channels"
      )
    }
    return block
  }

  /// Its name in columns of measurements.
  var name: String {
    switch self {
    case .last: "last"
    case .block(let index): "\(index)"
    }
  }
}

extension Block {
  /// A statistic of each channel in the graph of a model, guarded or not, float32 [N, C].
  func channels(_ statistic: ChannelStatistic, in graph: Graph) -> Tensor {
    let map = graph.singlePrecision(tensor)
    let axes = layout.positionAxes
    switch statistic {
    case .average: return map.mean(axes: axes)
    case .maximum: return map.max(axes: axes)
    case .minimum: return map.min(axes: axes)
    case .deviation:
      // The mean is subtracted first, because a difference of mean squares has no digits left if channels
      // hardly vary.
      let centred = map - map.mean(axes: axes, keep: true)
      return centred.norm(axes: axes) / rootOfOtherPositions(map)
    }
  }

  /// `√(n − 1)` for n positions, [1].
  private func rootOfOtherPositions(_ map: Tensor) -> Tensor {
    if let count = positionCount { return Tensor([Float(max(count - 1, 1)).squareRoot()]) }
    let shape = map.shape()
    let sizes = layout.positionAxes.map { shape.slice($0..<$0 + 1, axis: 0).cast(to: .float) }
    return (sizes.dropFirst().reduce(sizes[0], *) - 1).atLeast(1).squareRoot()
  }

  /// The number of positions; nil if it is dynamic.
  var positionCount: Int? {
    let known = positions.compactMap { $0 }
    return known.count == positions.count ? known.reduce(1, *) : nil
  }
}
