import OddityClassifier

/// What candidate scores, the columns, say of select images and of pseudo-OOD images made of some of them.
package struct ColumnTable: Sendable {
  /// The values of some images.
  package struct Rows: Sendable {
    /// Of each column, one value an image.
    package let columns: [[Float]]
    /// The images' sampling keys; of a pseudo-OOD image that of the image that it was made of.
    let keys: [UInt64]

    package init(columns: [[Float]], keys: [UInt64]) {
      precondition(columns.allSatisfy { $0.count == keys.count }, "one value an image")
      (self.columns, self.keys) = (columns, keys)
    }

    var count: Int { keys.count }

    /// The images of one of two halves, which their keys decide: so no order of images does. Not by a bit of the keys themselves:
    /// where a benchmark deals images out to several sets, those of one set have the same.
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
  /// By kind of pseudo-OOD images.
  package let kinds: [(name: String, rows: Rows)]

  package init(names: [ScoreName], images: Rows, kinds: [(name: String, rows: Rows)]) {
    (self.names, self.images, self.kinds) = (names, images, kinds)
  }

  /// One of two halves of all images; what was made of an image is in the same half, but for the patches that CutMix takes of others.
  func half(_ number: Int) -> ColumnTable {
    ColumnTable(
      names: names, images: images.half(number), kinds: kinds.map { ($0.name, $0.rows.half(number)) })
  }

  /// Whether there are enough images to learn or to choose from, of every kind too.
  package var isLargeEnough: Bool {
    FusionRule.areEnough(images: images.count, ofEachKind: kinds.map(\.rows.count))
  }
}

/// The numbers of the rule by which a fusion is learnt. docs/benchmarks.md says what was blind and what was not.
package enum FusionRule {
  /// The kinds of pseudo-OOD images that stand for strangers. Noise misleads, and is none of them.
  package static let kinds = [
    "jigsaw", "blur", "cutmix", "rotation", "zoom", "phase", "tile", "edges", "pink", "stripes", "shapes",
    "invert",
  ]
  /// Select images that are looked at, those with the smallest sampling keys.
  package static let images = 2_000
  /// Images that each kind is made of, likewise.
  package static let imagesPerKind = 150
  /// With fewer select images nothing is learnt or chosen.
  package static let leastImages = 60
  package static let leastImagesPerKind = 30
  /// A kind is judged by weights that were learnt without it.
  static let leastKinds = 2

  /// Whether something can be learnt or chosen from so many select images and so many of each kind.
  package static func areEnough(images: Int, ofEachKind kinds: [Int]) -> Bool {
    images >= leastImages && kinds.count >= leastKinds && kinds.allSatisfy { $0 >= leastImagesPerKind }
  }

  /// λ of each regression.
  static let penalty = 0.1
  /// Where standardised columns are clipped.
  static let range = -5.0...3.0
  /// Columns that a fusion has at most.
  static let mostColumns = 24
  /// By how much a column must make the mean loss smaller to be taken in.
  static let leastGain = 2e-4
}
