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
  /// Maxima and minima of the last map's channels, row after row, each [n, channels]; only where they are tapped.
  private(set) var extremes: [ChannelExtreme: [Float]] = [:]
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

  mutating func append(_ extreme: ChannelExtreme, _ row: some Collection<Float>) {
    extremes[extreme, default: []] += row
  }

  /// z of an image.
  func feature(_ row: Int) -> ArraySlice<Float> { features[row * featureCount..<(row + 1) * featureCount] }
  /// l of an image.
  func logit(_ row: Int) -> ArraySlice<Float> { logits[row * classes..<(row + 1) * classes] }

  /// The true class, or the predicted one where the truth is not known of every image.
  func label(_ row: Int) -> Int { isLabelled ? truth[row] ?? predicted[row] : predicted[row] }
}
