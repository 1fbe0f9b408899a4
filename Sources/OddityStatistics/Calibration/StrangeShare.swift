import OddityFiles

/// A lower bound for the number of images of a batch that are not in-distribution.
///
/// The number itself cannot be known, because strange images may look ordinary. If S of m images are strange,
/// the number of the other m − S that score below the k-th smallest of n calibration scores follows a
/// ``BetaBinomialDistribution``. S is ruled out if that number can hardly be as large as observed. Several k
/// are tried, each with its part of the error (Bonferroni).
package struct StrangeShare: Sendable, Equatable {
  /// The least number of strange images that is not ruled out.
  package let atLeast: Int
  package let images: Int
  package var share: Double { images > 0 ? Double(atLeast) / Double(images) : 0 }

  /// The shares of the calibration images whose scores are used.
  private static let levels = [0.01, 0.02, 0.05, 0.1, 0.2, 0.4]

  /// - Parameters:
  ///   - scores: the scores of the batch. A score that is not a number counts as the lowest.
  ///   - calibrationScores: at least one.
  ///   - confidence: the probability that the bound is not above the true number, such as 0.95. It holds if
  ///     the images that are not strange are exchangeable with the calibration images.
  package init(_ scores: [Float], calibrationScores: [Float], confidence: Double) {
    let sorted = calibrationScores.sorted()
    let ranks = Set(Self.levels.map { max(1, Int($0 * Double(sorted.count + 1))) })
    let error = (1 - confidence) / Double(ranks.count)
    images = scores.count
    atLeast =
      ranks.map { rank in
        // Scores that equal it do not count, so that ties are no evidence of strange images.
        let low = scores.count { $0.isNaN || $0 < sorted[rank - 1] }
        return Self.least(low, of: scores.count, rank: rank, of: sorted.count, error: error)
      }.max() ?? 0
  }

  /// The least number of strange images with which this many low scores are not surprising. The probability
  /// grows with the number.
  private static func least(_ low: Int, of images: Int, rank: Int, of calibrated: Int, error: Double) -> Int {
    let rate = BetaDistribution(a: Double(rank), b: Double(calibrated + 1 - rank))
    var (ruledOut, possible) = (-1, low)
    while possible - ruledOut > 1 {
      let strangers = (ruledOut + possible) / 2
      let others = BetaBinomialDistribution(count: images - strangers, rate: rate)
      if others.tail(from: low - strangers) > error { possible = strangers } else { ruledOut = strangers }
    }
    return possible
  }
}
