import OddityClassifier

/// The values of candidate scores, the columns, on select images and on pseudo-OOD images made from some of
/// them.
package struct ColumnTable: Sendable {
  /// The values of some images.
  package struct Rows: Sendable {
    /// For each column, one value per image.
    package let columns: [[Float]]
    /// The images' sampling keys. A pseudo-OOD image has the key of the image that it was made from.
    let keys: [UInt64]

    package init(columns: [[Float]], keys: [UInt64]) {
      precondition(columns.allSatisfy { $0.count == keys.count }, "one value an image")
      (self.columns, self.keys) = (columns, keys)
    }

    var count: Int { keys.count }

    /// The images of one of two halves, decided by their keys and therefore not by the order of images. It
    /// does not use a bit of the keys directly, because a benchmark that divides images into sets by such
    /// bits would put a whole set into one half.
    func half(_ number: Int) -> Rows {
      func half(_ key: UInt64) -> UInt64 {
        var generator = SplitMix64(seed: key)
        return generator.next() & 1
      }
      let chosen = keys.indices.filter { half(keys[$0]) == UInt64(number) }
      return Rows(columns: columns.map { column in chosen.map { column[$0] } }, keys: chosen.map { keys[$0] })
    }
  }

  package let names: [ScoreName]
  package let images: Rows
  /// The rows of each kind of pseudo-OOD images.
  package let kinds: [(name: String, rows: Rows)]

  package init(names: [ScoreName], images: Rows, kinds: [(name: String, rows: Rows)]) {
    (self.names, self.images, self.kinds) = (names, images, kinds)
  }

  /// One of two halves of all images. A pseudo-OOD image is in the half of its image, except that CutMix may
  /// use patches of the other half.
  func half(_ number: Int) -> ColumnTable {
    ColumnTable(
      names: names, images: images.half(number), kinds: kinds.map { ($0.name, $0.rows.half(number)) })
  }

  /// Whether there are enough images, also of every kind, to learn or to choose.
  package var isLargeEnough: Bool {
    FusionRule.areEnough(images: images.count, ofEachKind: kinds.map(\.rows.count))
  }
}

/// The constants of the rule by which a fusion is learnt. docs/benchmarks.md tells which were chosen blindly.
package enum FusionRule {
  /// The kinds of pseudo-OOD images that imitate strange images. Noise misleads, so it is not included.
  package static let kinds = [
    "jigsaw", "blur", "cutmix", "rotation", "zoom", "phase", "tile", "edges", "pink", "stripes", "shapes",
    "invert",
  ]
  /// The number of select images that are used, those with the smallest sampling keys.
  package static let images = 2_000
  /// The number of images that each kind is made from, also those with the smallest keys.
  package static let imagesPerKind = 150
  /// With fewer select images, nothing is learnt or chosen.
  package static let leastImages = 60
  package static let leastImagesPerKind = 30
  /// At least two, because each kind is evaluated with weights that were learnt without it.
  static let leastKinds = 2

  /// Whether there are enough select images, and images of each kind, to learn or to choose.
  package static func areEnough(images: Int, ofEachKind kinds: [Int]) -> Bool {
    images >= leastImages && kinds.count >= leastKinds && kinds.allSatisfy { $0 >= leastImagesPerKind }
  }

  /// The penalty λ of each regression.
  static let penalty = 0.1
  /// The limits at which standardised columns are clipped.
  static let range = -5.0...3.0
  /// The most columns in a fusion.
  static let mostColumns = 24
  /// The least decrease of the mean loss for which a column is added.
  static let leastGain = 2e-4
}
