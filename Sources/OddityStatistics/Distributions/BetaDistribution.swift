import Foundation

/// The beta distribution, which is that of the long-run false-alarm rate over calibration sets.
package struct BetaDistribution: Sendable, Equatable {
  package let a: Double
  package let b: Double

  /// - Precondition: both shape parameters are positive and finite.
  package init(a: Double, b: Double) {
    precondition(a > 0 && b > 0 && a.isFinite && b.isFinite, "shape parameters are positive and finite")
    self.a = a
    self.b = b
  }

  /// The regularised incomplete beta function I_x(a, b), by its continued fraction.
  ///
  /// It is 0 below 0, 1 above 1, and NaN for NaN. Source: DLMF 8.17.22, on the side of the mean where the
  /// fraction converges fast, otherwise by the symmetry I_x(a, b) = 1 − I_{1−x}(b, a) (DLMF 8.17.4).
  package func cumulative(_ x: Double) -> Double {
    if x.isNaN { return .nan }
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    if x > (a + 1) / (a + b + 2) {
      return 1 - BetaDistribution(a: b, b: a).leftTail(1 - x, complement: x)
    }
    return leftTail(x, complement: 1 - x)
  }

  /// The x with I_x(a, b) = p, by bisection down to neighbouring doubles.
  ///
  /// - Parameter p: a probability; 0 gives 0 and 1 gives 1.
  /// - Precondition: p lies in [0, 1].
  package func quantile(_ p: Double) -> Double {
    precondition((0...1).contains(p), "a probability lies in [0, 1]")
    if p == 0 || p == 1 { return p }
    var (lower, upper) = (0.0, 1.0)
    while true {
      let middle = lower + (upper - lower) / 2
      if middle <= lower || middle >= upper { return upper }
      if cumulative(middle) < p { lower = middle } else { upper = middle }
    }
  }

  /// x^a (1−x)^b / (a B(a, b)) times the continued fraction.
  private func leftTail(_ x: Double, complement: Double) -> Double {
    let logBeta = lgamma(a).0 + lgamma(b).0 - lgamma(a + b).0
    return exp(a * log(x) + b * log(complement) - logBeta) / (a * continuedFraction(x))
  }

  /// 1 + d₁x/(1 + d₂x/(1 + …)) by Lentz's method as modified by Thompson & Barnett (1986).
  ///
  /// It needs about √max(a, b) steps, so the limit is never reached for calibration sets that fit in memory.
  private func continuedFraction(_ x: Double) -> Double {
    let tiny = 1e-300
    var value = 1.0
    var numerator = 1.0
    var denominator = 0.0
    for step in 1...1_000_000 {
      let term = coefficient(step) * x
      denominator = 1 + term * denominator
      denominator = 1 / (abs(denominator) < tiny ? tiny : denominator)
      numerator = 1 + term / numerator
      numerator = abs(numerator) < tiny ? tiny : numerator
      value *= numerator * denominator
      if abs(numerator * denominator - 1) < 1e-16 { break }
    }
    return value
  }

  /// The coefficients d_{2m} and d_{2m+1} of DLMF 8.17.23.
  private func coefficient(_ step: Int) -> Double {
    let m = Double(step / 2)
    if step.isMultiple(of: 2) {
      return m * (b - m) / ((a + 2 * m - 1) * (a + 2 * m))
    }
    return -(a + m) * (a + b + m) / ((a + 2 * m) * (a + 2 * m + 1))
  }
}

/// The beta-binomial distribution of the number of new ID images, out of m, that a calibration set flags.
///
/// With n calibration images and rank k, the long-run rate is Beta(k, n + 1 − k), and each of m images is
/// flagged with that rate.
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
      logMass += logRatio(above: flagged)
      sum += exp(logMass)
    }
    return count
  }

  /// P(at least this many flagged), by summing the smaller probabilities.
  package func tail(from least: Int) -> Double {
    guard least > 0 else { return 1 }
    guard least <= count else { return 0 }
    var logMass = logMassOfNone
    var sum = exp(logMass)
    for flagged in 0..<least - 1 {
      logMass += logRatio(above: flagged)
      sum += exp(logMass)
    }
    return max(0, 1 - sum)
  }

  /// log of P(j + 1) / P(j)
  private func logRatio(above flagged: Int) -> Double {
    let (j, m) = (Double(flagged), Double(count))
    return log((m - j) * (rate.a + j) / ((j + 1) * (rate.b + m - j - 1)))
  }

  /// log P(0) = log B(a, b + m) − log B(a, b).
  private var logMassOfNone: Double {
    let m = Double(count)
    return lgamma(rate.b + m).0 - lgamma(rate.a + rate.b + m).0 - lgamma(rate.b).0
      + lgamma(rate.a + rate.b).0
  }
}
