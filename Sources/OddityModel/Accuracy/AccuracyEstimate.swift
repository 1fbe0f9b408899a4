import OddityScores

/// The expected accuracy on images whose classes are unknown.
public struct AccuracyEstimate: Codable, Sendable, Equatable {
  /// The number of images that the estimate is about.
  public let images: Int
  /// The expected share of them that is classified correctly.
  public let value: Double
  /// The interval that contains this share in 95 of 100 batches.
  public let interval: [Double]
  /// Half the width of the interval before it is cut at 0 and 1.
  private(set) var halfWidth = 0.0
  /// By how much the accuracy is lower than on calibration images of the same kind.
  private(set) var loss = 0.0

  private enum CodingKeys: String, CodingKey { case images, value, interval }

  /// The 97.5 % quantile of the normal distribution.
  private static let deviations = 1.959963984540054

  /// - Parameters:
  ///   - probabilities: for each image, the probability that it is classified correctly; at least one.
  ///   - calibration: the calibration images of the same kind whose class is known; at least one.
  ///   - transport: corrects a loss of accuracy.
  ///   - leastLoss: the loss on the whole batch, if these are its accepted images. The error is a share of
  ///     the larger loss, because accepted images of a bad batch look better than they are.
  init(
    _ probabilities: [Double], against calibration: [LearnedAccuracy.Image],
    transport: LearnedAccuracy.Transport,
    leastLoss: Double = 0
  ) {
    let known = calibration.filter { $0.isRight != nil }
    let residuals = known.map { ($0.isRight == true ? 1 : 0) - $0.probability }
    let accuracy = Double(known.count { $0.isRight == true }) / Double(known.count)
    let bias = Moments.mean(residuals)
    let (m, n) = (Double(probabilities.count), Double(known.count))
    // Near an accuracy of one the variance would be too small. Adding one right and one wrong image corrects
    // that (Agresti and Coull, 1998).
    let own = (probabilities.reduce(0) { $0 + $1 * (1 - $1) } + 1) / (m + 2)
    let ofCalibration = (residuals.reduce(0) { $0 + ($1 - bias) * ($1 - bias) } + 1) / (n + 2)
    loss = transport.scale * (accuracy - Moments.mean(probabilities) - bias)
    let mean = accuracy - loss
    let transported = transport.relativeError * max(abs(loss), abs(leastLoss))
    halfWidth =
      Self.deviations * (own / m + ofCalibration / n + transported * transported).squareRoot()
    images = probabilities.count
    value = min(max(mean, 0), 1)
    interval = [max(mean - halfWidth, 0), min(mean + halfWidth, 1)]
  }
}
