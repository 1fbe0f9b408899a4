import Foundation

/// The beta-binomial distribution: how many of m new ID images a calibration set flags.
///
/// With n calibration images and rank k, the long-run rate is Beta(k, n + 1 − k), and each of m images is flagged
/// with that rate.
package struct BetaBinomialDistribution: Sendable, Equatable {
  package let count: Int
  package let rate: BetaDistribution

  /// - Parameter count: m, at least 0.
  package init(count: Int, rate: BetaDistribution) {
    precondition(count >= 0, "a number of images is not negative")
    self.count = count
    self.rate = rate
  }

  /// The least j with P(at most j flagged) ≥ p, by summing the probabilities from 0 on.
  ///
  /// - Precondition: p lies in [0, 1].
  package func quantile(_ p: Double) -> Int {
    precondition((0...1).contains(p), "a probability lies in [0, 1]")
    var logMass = logMassOfNone
    var sum = exp(logMass)
    for flagged in 0..<count {
      if sum >= p { return flagged }
      let (j, m) = (Double(flagged), Double(count))
      // P(j + 1) / P(j)
      logMass += log((m - j) * (rate.a + j) / ((j + 1) * (rate.b + m - j - 1)))
      sum += exp(logMass)
    }
    return count
  }

  /// log P(0) = log B(a, b + m) − log B(a, b).
  private var logMassOfNone: Double {
    let m = Double(count)
    return lgamma(rate.b + m).0 - lgamma(rate.a + rate.b + m).0 - lgamma(rate.b).0
      + lgamma(rate.a + rate.b).0
  }
}
