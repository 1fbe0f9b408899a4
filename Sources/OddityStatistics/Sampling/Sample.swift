/// A seeded uniform sample of images.
package enum Sample {
  /// The positions of `limit` images: those with the smallest sampling keys, ties by position.
  ///
  /// A sample of fewer images is contained in a sample of more, and adding images elsewhere changes no key.
  ///
  /// - Parameters:
  ///   - ids: the 64-bit identities of all images of one source, in source order.
  ///   - limit: how many to keep; all of them where there are no more than that, none where it is not positive.
  ///   - seed: the run's seed.
  /// - Returns: positions in `ids`, ascending.
  package static func positions(ids: [UInt64], limit: Int, seed: UInt64) -> [Int] {
    guard limit < ids.count else { return Array(ids.indices) }
    let keyed = ids.enumerated().map { position, id in
      (key: ImageRandomness(seed: seed, id: id).samplingKey, position: position)
    }
    return keyed.sorted { $0 < $1 }.prefix(max(limit, 0)).map(\.position).sorted()
  }
}
