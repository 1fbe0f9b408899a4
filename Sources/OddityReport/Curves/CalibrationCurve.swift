import Oddity

/// The share of a set that would be flagged at each false-alarm rate.
struct CalibrationCurve: Sendable {
  /// Rates in steps of 1 %, from 0 to 100 %, as numerators over 100.
  static let percents = Array(0...100)

  /// One share for each of `percents`.
  let shares: [Double]

  /// - Parameters:
  ///   - pValues: of the set's images.
  ///   - calibrationSize: n; an image is flagged at alpha where its p-value is at most ⌊alpha·(n + 1)⌋/(n + 1).
  init(pValues: [Float], calibrationSize n: Int) {
    let ranks = pValues.map { Int((Double($0) * Double(n + 1)).rounded()) }.sorted()
    var flagged = 0
    shares = Self.percents.map { percent in
      let rank = percent * (n + 1) / 100
      while flagged < ranks.count, ranks[flagged] <= rank { flagged += 1 }
      return ranks.isEmpty ? .nan : Double(flagged) / Double(ranks.count)
    }
  }

  /// From where to where the share lies for 95 % of all calibration sets and sets of m images, if both are drawn
  /// alike.
  static func chance(calibrationSize n: Int, images m: Int) -> [Plot.Extent] {
    percents.map { percent in
      let rank = percent * (n + 1) / 100
      guard m > 0, rank > 0, rank <= n else {
        let certain = rank > n ? 1.0 : 0
        return Plot.Extent(x: Double(percent) / 100, lower: certain, upper: certain)
      }
      let flagged = BetaBinomialDistribution(
        count: m, rate: BetaDistribution(a: Double(rank), b: Double(n + 1 - rank)))
      return Plot.Extent(
        x: Double(percent) / 100, lower: Double(flagged.quantile(0.025)) / Double(m),
        upper: Double(flagged.quantile(0.975)) / Double(m))
    }
  }
}
