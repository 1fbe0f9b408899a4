import OddityClassifier

/// The data that scores learn from.
package struct FitData: Sendable {
  /// C
  let classes: Int
  /// The meaning of the logits.
  let form: LogitForm
  /// The linear head; `nil` if none was found, or if no score needs it.
  let head: LinearHead?
  /// The selected block.
  let block: Block
  /// A random sample of the fit part, determined by the seed: at most ``sampleSize`` images, in the order of
  /// their sampling keys, or all images if there are no more.
  let sample: FeatureTable
  /// A sample of the select part, for what must not be learnt from the fit part.
  let select: FeatureTable
  /// A few images of the select part, with taps that are too wide for larger samples.
  let wideSelect: FeatureTable
  /// Images that the classifier was not trained on, for temperatures; empty if no temperature is fitted.
  let temperature: FeatureTable
  /// Running sums over the whole fit part, as far as scores requested them.
  let statistics: FitStatistics.Sums
  /// The number of images in the fit part.
  let fitCount: Int
  /// The std of the preprocessing for each channel; nil if it is unknown.
  let std: [Double]?
  /// The smallest value of any feature over the fit part.
  let smallestFeature: Float
  let seed: UInt64
  /// The parameters of the score that learns.
  private(set) var parameters: ScoreParameters
  /// The tables of ``NormReplacement``, shared by all scores that are composed with the norm.
  let replaced = Once<NormReplacement.Tables>()

  package init(
    classes: Int, form: LogitForm = .softmax, head: LinearHead?, block: Block, sample: FeatureTable,
    select: FeatureTable, wideSelect: FeatureTable = FeatureTable(classes: 0, featureCount: 0),
    temperature: FeatureTable = FeatureTable(classes: 0, featureCount: 0),
    statistics: FitStatistics.Sums, fitCount: Int, std: [Double]?, smallestFeature: Float, seed: UInt64,
    parameters: ScoreParameters
  ) {
    (self.classes, self.form, self.head, self.block) = (classes, form, head, block)
    (self.sample, self.select, self.wideSelect, self.temperature) = (sample, select, wideSelect, temperature)
    (self.statistics, self.fitCount, self.std) = (statistics, fitCount, std)
    (self.smallestFeature, self.seed, self.parameters) = (smallestFeature, seed, parameters)
  }

  /// The same data for another score.
  package func withParameters(_ parameters: ScoreParameters) -> FitData {
    var copy = self
    copy.parameters = parameters
    return copy
  }

  /// The number of rows in a sample.
  package static let sampleSize = 10_000
  /// The number of rows in a sample with wide taps.
  package static let wideSampleSize = 256

  /// Whether the fit saw negative features. Scores that assume z ≥ 0 then apply ReLU first.
  var hasNegativeFeatures: Bool { smallestFeature < 0 }

  /// W and b, for a score that requires them.
  ///
  /// - Throws: ``OddityError`` `.usage` if the classifier has no linear head.
  func linearHead(for score: String) throws(OddityError) -> LinearHead {
    guard let head else {
      throw OddityError(
        .usage,
        "\(score) needs a linear head (logits = Wz + b), but none was found: choose a score on logits alone")
    }
    return head
  }

  /// Mean and scatter of z, or of z/‖z‖₂.
  func moments(normalised: Bool = false) throws(OddityError) -> FeatureMoments {
    if let known = sums(normalised).moments { return known }
    var moments = try FeatureMoments(width: sample.featureCount)
    for row in 0..<sample.count { moments.append(values(row, normalised: normalised)) }
    return moments
  }

  /// The mean of z, [D].
  func mean() throws(OddityError) -> [Double] {
    try moments().mean
  }

  /// Class means of z, or of z/‖z‖₂.
  func classStatistics(normalised: Bool = false) -> ClassStatistics {
    if let known = sums(normalised).classes { return known }
    var statistics = ClassStatistics(classes: classes, width: sample.featureCount)
    for row in 0..<sample.count {
      statistics.append(
        values(row, normalised: normalised), predicted: sample.predicted[row], truth: sample.truth[row])
    }
    return statistics
  }

  private func sums(_ normalised: Bool) -> FeatureSums {
    normalised ? statistics.normalised : statistics.plain
  }

  private func values(_ row: Int, normalised: Bool) -> [Double] {
    let z = sample.feature(row)
    return normalised ? Self.normalised(z) : z.map { Double($0) }
  }

  /// `z / max(‖z‖₂, 1e-12)` in double precision.
  static func normalised(_ z: some Collection<Float>) -> [Double] {
    let norm = max(z.squaredNorm.squareRoot(), 1e-12)
    return z.map { Double($0) / norm }
  }
}
