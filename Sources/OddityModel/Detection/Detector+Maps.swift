import Imaging

extension Detector {
  /// The maps of some images, by their positions in a source. Empty if the model has no map.
  ///
  /// - Parameter positions: in any order. Images that cannot be scored have no map.
  /// - Throws: the engine's errors.
  package func maps(of source: any ImageSource, at positions: [Int]) async throws -> [Int: ScoreMap] {
    guard guarded.metadata.map != nil, !positions.isEmpty else { return [:] }
    let sorted = Set(positions).sorted()
    var maps: [Int: ScoreMap] = [:]
    var next = sorted.makeIterator()
    try await makingMaps().telling { _ in }.score(source, selecting: sorted) { outcome in
      guard let position = next.next() else { return }
      maps[position] = try? outcome.result.get().map
    }
    return maps
  }
}
