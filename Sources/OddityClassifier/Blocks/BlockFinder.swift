import ONNXGraph

/// Applies the rule for blocks to a classifier and describes the blocks.
struct BlockFinder {
  let flow: DataFlow
  let axes: ChannelAxes
  let shapes: TensorShapes
  /// The logits, or the tensor with the same values.
  let logits: String
  /// All links from the image to the penultimate features.
  let links: [DataFlow.Link]

  func find() -> (blocks: [Block], stem: [Block]) {
    let maps = Array(links.prefix { isFeatureMapLink($0) })
    var rule = BlockRule(links: maps, kinds: maps.map { LinkKind($0, in: flow, shapes: shapes) })
    let (ends, stemCount) = rule.apply()
    let shares = flopsShares(ends)
    let described = zip(ends, shares).map { end, share in
      Block(tensor: maps[end.outputLink].to, axes: axes, shapes: shapes, flopsShare: share)
    }
    var blocks = described.dropFirst(stemCount).compactMap { $0 }
    for index in blocks.indices { blocks[index].index = index }
    return (blocks, described.prefix(stemCount).compactMap { $0 })
  }

  /// The chain of maps ends at the first cut tensor without positions. If shapes are unknown, it ends at an
  /// operator that removes positions.
  private func isFeatureMapLink(_ link: DataFlow.Link) -> Bool {
    let flattens = ["Flatten", "Gemm", "GlobalAveragePool", "GlobalMaxPool"].contains(link.last.op)
    return shapes.isFeatureMap(link.to) && !(flattens && !link.isMerge)
  }

  private func flopsShares(_ ends: [BlockRule.End]) -> [Double?] {
    let counter = MultiplyAccumulates(flow, to: logits, shapes: shapes)
    var start = 0
    return ends.map { end in
      defer { start = end.outputLink + 1 }
      return counter.share(of: links[start...end.outputLink].flatMap(\.nodes))
    }
  }
}

extension Block {
  /// Describes a tensor as a block; `nil` if it is not a feature map, or if its channel axis is unknown.
  init?(tensor: String, axes: ChannelAxes, shapes: TensorShapes, flopsShare: Double? = nil) {
    guard let shape = shapes[tensor], shapes.isFeatureMap(tensor), shapes.hasOneEntryPerImage(tensor),
      shapes.isFloatingPoint(tensor), let layout = MapLayout(rank: shape.count, channelAxis: axes[tensor])
    else { return nil }
    self.tensor = tensor
    index = nil
    self.layout = layout
    self.flopsShare = flopsShare
    channels = shape[layout.channelAxis]
    positions = layout.positionAxes.map { shape[$0] }
  }
}
