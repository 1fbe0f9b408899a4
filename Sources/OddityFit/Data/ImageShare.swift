import Imaging

/// The images that one machine takes from several sources, source by source.
package struct ImageShare: Sendable {
  /// The sources, each with the positions to take among its items.
  package let stretches: [(source: any ImageSource, positions: Range<Int>)]

  /// - Parameter shard: the share of every source.
  package init(_ sources: [any ImageSource], shard: Shard = .whole) {
    stretches = sources.map { ($0, shard.range(of: $0.items.count)) }
  }

  private init(_ stretches: [(source: any ImageSource, positions: Range<Int>)]) {
    self.stretches = stretches
  }

  /// The image at a position in the whole list, and where it is found; nil after the last one.
  package subscript(place: Int) -> (item: ImageItem, source: any ImageSource, position: Int)? {
    var place = place
    for (source, positions) in stretches {
      if place < positions.count {
        let position = positions.lowerBound + place
        return (source.items[position], source, position)
      }
      place -= positions.count
    }
    return nil
  }

  /// All but the first images.
  package func dropFirst(_ count: Int) -> ImageShare {
    var left = count
    return ImageShare(
      stretches.compactMap { source, positions in
        let dropped = min(left, positions.count)
        left -= dropped
        return dropped == positions.count ? nil : (source, positions.dropFirst(dropped))
      })
  }
}
