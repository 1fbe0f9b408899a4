import OddityClassifier

/// Penultimate features and logits of images as rows, with what is known about each image.
package struct FeatureTable: Sendable {
  /// C
  let classes: Int
  /// D; 0 if the features are not tapped.
  let featureCount: Int
  /// z row after row, [n, D].
  private(set) var features: [Float] = []
  /// l row after row, [n, C].
  private(set) var logits: [Float] = []
  /// The other taps that scores learn from, row after row, each [n, width]; only if they are tapped.
  private var others: [Tap: [Float]] = [:]
  /// FeatureNorm of the selected block, [n].
  private(set) var norms: [Float] = []
  /// ŷ of each image, the first of equal ones.
  private(set) var predicted: [Int] = []
  /// The true class, if it is known.
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

  /// The values of a tap, row after row; empty if it is not tapped.
  func values(_ tap: Tap) -> [Float] { others[tap] ?? [] }

  /// z of an image.
  func feature(_ row: Int) -> ArraySlice<Float> { features[row * featureCount..<(row + 1) * featureCount] }
  /// l of an image.
  func logit(_ row: Int) -> ArraySlice<Float> { logits[row * classes..<(row + 1) * classes] }

  /// The true class of each image, or the predicted one if not all true classes are known.
  var labels: [Int] { isLabelled ? truth.compactMap { $0 } : predicted }
}

/// A bounded random sample of rows, determined by the seed: those with the smallest sampling keys, in
/// whatever order they come.
package struct RowSample: Sendable {
  /// A row with what is known about its image.
  package struct Row: Sendable {
    package let key: UInt64
    /// The hash of the image's content. Images with the same name in several sources have the same key, and
    /// this hash orders them.
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
  /// The content of rows, and what is stored of it.
  private let layouts: (rows: TapLayout, kept: TapLayout)
  /// Up to twice the capacity. When it is full, rows that cannot be among the smallest are removed.
  private var kept: [Row] = []

  /// - Parameter kept: what is stored of rows; nil for everything except wide taps.
  package init(capacity: Int, of layout: TapLayout, keeping kept: TapLayout? = nil) {
    (self.capacity, layouts) = (capacity, (layout, kept ?? layout.sampled))
  }

  package mutating func append(_ row: Row) {
    guard capacity > 0 else { return }
    append(kept: row.keeping(layouts.rows.values(of: row.values, keeping: layouts.kept)))
  }

  /// Adds a row that is already reduced to what is stored.
  package mutating func append(kept row: Row) {
    guard capacity > 0 else { return }
    kept.append(row)
    if kept.count >= 2 * capacity { shrink() }
  }

  /// The rows by ascending key, and by content if keys are equal. Copies are in the order in which they came.
  package var rows: [Row] {
    var copy = self
    copy.shrink()
    return copy.kept
  }

  private mutating func shrink() {
    // The sort keeps the order of copies.
    kept.sort { ($0.key, $0.contentHash) < ($1.key, $1.contentHash) }
    kept.removeLast(max(0, kept.count - capacity))
  }
}
