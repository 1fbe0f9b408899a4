import OddityClassifier

/// Properties of a network that make post-hoc scores weak: how confident its softmax is, and how far its
/// classes have collapsed.
///
/// Training with label smoothing, mixup or CutMix keeps the softmax from ever being confident, while the
/// classes are far apart in the features. Such training removes what separates images from strange ones.
public struct NetworkTraits: Codable, Sendable, Equatable {
  /// The 90 % quantile of the largest softmax probabilities of the select part's images.
  public let softmaxPeak: Double
  /// The share of the features' variance that lies between predicted classes, in [0, 1], corrected for
  /// degrees of freedom; nil if features are not available, or if there are fewer than two images per class.
  public let classCollapse: Double?

  /// With a peak below this, a softmax is rarely confident.
  package static let surePeak = 0.98
  /// If the accuracy is known, it must exceed the mean confidence by more than this.
  package static let leastDeficit = 0.03
  /// Above this share, classes are well separated.
  package static let apart = 0.5

  private enum CodingKeys: String, CodingKey {
    case softmaxPeak = "softmax_peak"
    case classCollapse = "class_collapse"
  }

  /// - Parameters:
  ///   - table: of the select part.
  ///   - form: the meaning of the logits. There is no result unless it is a softmax.
  package init?(_ table: FeatureTable, form: LogitForm) {
    guard form == .softmax, table.count > 0, table.classes > 1 else { return nil }
    let peaks = (0..<table.count).map { Prediction(logits: table.logit($0)).confidence(by: .softmax) }
    softmaxPeak = peaks.filter(\.isFinite).sorted().quantileOfSorted(0.9)
    classCollapse = Self.collapse(table)
  }

  /// `1 − (W / (n − k)) / (T / (n − 1))`, where W sums the squared distances to the class means and T those
  /// to the mean.
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
