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

  /// Below this peak a softmax is rarely sure.
  package static let surePeak = 0.98
  /// By how much more often than its softmax says a classifier must be right, where that is known.
  package static let leastDeficit = 0.03
  /// Above this share classes are apart.
  package static let apart = 0.5

  private enum CodingKeys: String, CodingKey {
    case softmaxPeak = "softmax_peak"
    case classCollapse = "class_collapse"
  }

  /// - Parameters:
  ///   - table: of the select part.
  ///   - form: what the logits stand for; nothing is said unless it is a softmax.
  package init?(_ table: FeatureTable, form: LogitForm) {
    guard form == .softmax, table.count > 0, table.classes > 1 else { return nil }
    let peaks = (0..<table.count).map { Prediction(logits: table.logit($0)).confidence(by: .softmax) }
    softmaxPeak = peaks.filter(\.isFinite).sorted().quantileOfSorted(0.9)
    classCollapse = Self.collapse(table)
  }

  /// `1 − (W / (n − k)) / (T / (n − 1))` with W the squared distances to the class means and T those to the mean.
  private static func collapse(_ table: FeatureTable) -> Double? {
    let classes = Set(table.predicted).count
    guard table.featureCount > 0, classes > 1, table.count >= 2 * classes else { return nil }
    let within = scatter(table, classes: table.predicted) / Double(table.count - classes)
    let total = scatter(table, classes: table.predicted.map { _ in 0 }) / Double(table.count - 1)
    guard total.isFinite, within.isFinite, total > 0 else { return nil }
    return max(0, 1 - within / total)
  }

  /// The squared distances of the images' features to the means of their classes.
  private static func scatter(_ table: FeatureTable, classes: [Int]) -> Double {
    let rows = (0..<table.count).map { table.feature($0).map { Double($0) } }
    var sums = ClassSums(classes: table.classes, width: table.featureCount)
    for (row, index) in zip(rows, classes) { sums.append(row, to: index) }
    let means = sums.means
    return zip(rows, classes).reduce(0.0) { sum, image in
      zip(image.0, means[image.1] ?? []).reduce(sum) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
  }
}
