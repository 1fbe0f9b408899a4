import OddityScores

/// Which accuracy to expect on images whose classes nobody knows.
public struct AccuracyEstimate: Codable, Sendable, Equatable {
  /// Images that it is about.
  public let images: Int
  /// The expected share of them that is classified rightly.
  public let value: Double
  /// Within which this share is in 95 of 100 batches.
  public let interval: [Double]
  /// How far the interval reaches to each side, before it ends at 0 and 1.
  private(set) var halfWidth = 0.0
  /// How much lower it is than on calibration images of the same kind.
  private(set) var loss = 0.0

  private enum CodingKeys: String, CodingKey { case images, value, interval }

  /// The normal distribution's quantile of 97.5 %.
  private static let deviations = 1.959963984540054

  /// - Parameters:
  ///   - probabilities: of the images, each that it is classified rightly; at least one.
  ///   - calibration: calibration images of the same kind, those whose class is known; at least one.
  ///   - transport: of a loss of accuracy.
  ///   - leastLoss: the loss on the whole batch, where these are its accepted images. The error is a share of the larger loss. Accepted
  ///     images of a bad batch look better than they are.
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
    // Near an accuracy of one the variance would be too small. Two images more, one right and one wrong, mend that (Agresti and Coull, 1998).
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
