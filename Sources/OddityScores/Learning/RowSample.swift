/// A bounded, seeded sample of rows: those with the smallest sampling keys, whatever order they come in.
package struct RowSample: Sendable {
  /// A row with what is known of its image.
  package struct Row: Sendable {
    package let key: UInt64
    /// Of the image's content: of images with one name in several sources, and so with one key, it says which come first.
    package let contentHash: UInt64
    package let values: [Float]
    package let truth: Int?

    package init(key: UInt64, contentHash: UInt64, values: [Float], truth: Int?) {
      (self.key, self.contentHash, self.values, self.truth) = (key, contentHash, values, truth)
    }
  }

  private let capacity: Int
  /// Up to twice the capacity; those that cannot be among the smallest go when it is full.
  private var kept: [(order: Int, row: Row)] = []
  private var seen = 0

  package init(capacity: Int) { self.capacity = capacity }

  package mutating func append(_ row: Row) {
    guard capacity > 0 else { return }
    kept.append((seen, row))
    seen += 1
    if kept.count >= 2 * capacity { shrink() }
  }

  /// The rows by ascending key, of equal keys by their content; copies in the order in which they came.
  package var rows: [Row] {
    var copy = self
    copy.shrink()
    return copy.kept.map(\.row)
  }

  private mutating func shrink() {
    kept.sort {
      ($0.row.key, $0.row.contentHash, $0.order) < ($1.row.key, $1.row.contentHash, $1.order)
    }
    kept.removeLast(max(0, kept.count - capacity))
  }
}
