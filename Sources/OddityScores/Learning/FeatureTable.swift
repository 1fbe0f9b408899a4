import OddityClassifier

/// Rows of penultimate features and logits of images, with what is known of each.
package struct FeatureTable: Sendable {
  /// C
  let classes: Int
  /// D; 0 where the features are not tapped.
  let featureCount: Int
  /// z row after row, [n, D].
  private(set) var features: [Float] = []
  /// l row after row, [n, C].
  private(set) var logits: [Float] = []
  /// What else scores learn from, row after row, each [n, width]; only where it is tapped.
  private var others: [Tap: [Float]] = [:]
  /// FeatureNorm of the selected block, [n].
  private(set) var norms: [Float] = []
  /// ŷ of each image, the first of equals.
  private(set) var predicted: [Int] = []
  /// The true class where it is known.
  private(set) var truth: [Int?] = []

  var count: Int { predicted.count }
  /// Whether every image's true class is known.
  var isLabelled: Bool { !truth.isEmpty && truth.allSatisfy { $0 != nil } }

  init(classes: Int, featureCount: Int) {
    (self.classes, self.featureCount) = (classes, featureCount)
  }

  mutating func append(
    features row: some Collection<Float>, logits values: some Collection<Float>, norm: Float,
    truth known: Int?
  ) {
    features += row
    logits += values
    norms.append(norm)
    truth.append(known)
    predicted.append(values.isEmpty ? 0 : Prediction(logits: values).classIndex)
  }

  mutating func append(_ tap: Tap, _ row: some Collection<Float>) { others[tap, default: []] += row }

  /// A tap's values, row after row; none where it is not tapped.
  func values(_ tap: Tap) -> [Float] { others[tap] ?? [] }

  /// z of an image.
  func feature(_ row: Int) -> ArraySlice<Float> { features[row * featureCount..<(row + 1) * featureCount] }
  /// l of an image.
  func logit(_ row: Int) -> ArraySlice<Float> { logits[row * classes..<(row + 1) * classes] }

  /// The true class of each image, or the predicted one where the truth is not known of every image.
  var labels: [Int] { isLabelled ? truth.compactMap { $0 } : predicted }
}

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

    /// The same image with other values.
    func keeping(_ values: [Float]) -> Row {
      Row(key: key, contentHash: contentHash, values: values, truth: truth)
    }
  }

  private let capacity: Int
  /// What rows hold, and what is kept of them.
  private let layouts: (rows: TapLayout, kept: TapLayout)
  /// Up to twice the capacity; those that cannot be among the smallest go when it is full.
  private var kept: [Row] = []

  /// - Parameter kept: what is kept of rows; nil for all but wide taps.
  package init(capacity: Int, of layout: TapLayout, keeping kept: TapLayout? = nil) {
    (self.capacity, layouts) = (capacity, (layout, kept ?? layout.sampled))
  }

  package mutating func append(_ row: Row) {
    guard capacity > 0 else { return }
    append(kept: row.keeping(layouts.rows.values(of: row.values, keeping: layouts.kept)))
  }

  /// A row of which nothing more is to be left out.
  package mutating func append(kept row: Row) {
    guard capacity > 0 else { return }
    kept.append(row)
    if kept.count >= 2 * capacity { shrink() }
  }

  /// The rows by ascending key, of equal keys by their content; copies in the order in which they came.
  package var rows: [Row] {
    var copy = self
    copy.shrink()
    return copy.kept
  }

  private mutating func shrink() {
    // Sorting leaves copies in their order.
    kept.sort { ($0.key, $0.contentHash) < ($1.key, $1.contentHash) }
    kept.removeLast(max(0, kept.count - capacity))
  }
}
