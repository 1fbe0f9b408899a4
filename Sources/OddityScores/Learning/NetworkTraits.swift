import OddityClassifier

/// What of a network makes post-hoc scores weak: how sure its softmax is, and how far its classes have collapsed.
///
/// Training with label smoothing, mixup or CutMix keeps the softmax from being sure of anything, while classes stand far
/// apart in the features: what tells images from strangers is trained away.
public struct NetworkTraits: Codable, Sendable, Equatable {
  /// The 90 % quantile of the largest softmax probabilities of the select part's images.
  public let softmaxPeak: Double
  /// The share of the features' variance that lies between predicted classes, in [0, 1], degrees of freedom accounted for;
  /// nil where features are not seen, or there are fewer than two images a class.
  public let classCollapse: Double?

  /// Below this peak a softmax is sure of nothing.
  package static let surePeak = 0.97
  /// Above this share classes are apart.
  package static let apart = 0.5

  private enum CodingKeys: String, CodingKey {
    case softmaxPeak = "softmax_peak"
    case classCollapse = "class_collapse"
  }

  /// - Parameters:
  ///   - table: of the select part.
  ///   - form: what the logits stand for; of other than a softmax nothing is said.
  package init?(_ table: FeatureTable, form: LogitForm) {
    guard form == .softmax, table.count > 0, table.classes > 1 else { return nil }
    let peaks = (0..<table.count).map { Prediction(logits: table.logit($0)).confidence(by: .softmax) }
    softmaxPeak = peaks.filter(\.isFinite).sorted().quantileOfSorted(0.9)
    classCollapse = Self.collapse(table)
  }

  /// `1 − (W / (n − k)) / (T / (n − 1))` with W the squared distances to the class means and T those to the mean.
  private static func collapse(_ table: FeatureTable) -> Double? {
    let classes = Dictionary(grouping: 0..<table.count) { table.predicted[$0] }
    guard table.featureCount > 0, classes.count > 1, table.count >= 2 * classes.count else { return nil }
    // In one order, so that the sum is the same to the last bit.
    let sums = classes.sorted { $0.key < $1.key }.map { scatter($0.value, table) }
    let within = sums.reduce(0, +) / Double(table.count - classes.count)
    let total = scatter(Array(0..<table.count), table) / Double(table.count - 1)
    guard total.isFinite, within.isFinite, total > 0 else { return nil }
    return max(0, 1 - within / total)
  }

  /// The squared distances of some images' features to their mean.
  private static func scatter(_ rows: [Int], _ table: FeatureTable) -> Double {
    var mean = Array(repeating: 0.0, count: table.featureCount)
    for row in rows { for (d, value) in table.feature(row).enumerated() { mean[d] += Double(value) } }
    for d in mean.indices { mean[d] /= Double(rows.count) }
    return rows.reduce(0.0) { sum, row in
      zip(table.feature(row), mean).reduce(sum) { sum, pair in
        let distance = Double(pair.0) - pair.1
        return sum + distance * distance
      }
    }
  }
}
