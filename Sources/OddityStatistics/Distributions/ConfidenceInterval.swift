/// An interval that covers the true value in a stated share of repetitions.
public struct ConfidenceInterval: Sendable, Equatable {
  public let lower: Double
  public let upper: Double

  public init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  /// The interval of all numbers: it rules nothing out.
  static let unbounded = ConfidenceInterval(lower: -.infinity, upper: .infinity)

  /// The normal 95 % interval, `estimate ± 1.96 · standardError`.
  ///
  /// An unknown (NaN) standard error gives the interval of all numbers: it rules nothing out.
  static func normal95(estimate: Double, standardError: Double) -> ConfidenceInterval {
    guard standardError.isFinite else { return .unbounded }
    // The 97.5 % quantile of the standard normal distribution.
    let margin = 1.959963984540054 * standardError
    return ConfidenceInterval(lower: estimate - margin, upper: estimate + margin)
  }

  /// From the 2.5 % to the 97.5 % quantile of a bootstrap's values. There is at least one value, and none is
  /// NaN.
  static func percentile95(of values: [Double]) -> ConfidenceInterval {
    let sorted = values.sorted()
    return ConfidenceInterval(lower: sorted.quantileOfSorted(0.025), upper: sorted.quantileOfSorted(0.975))
  }

  /// The part of the interval within `bounds`.
  func clamped(to bounds: ClosedRange<Double>) -> ConfidenceInterval {
    ConfidenceInterval(
      lower: min(max(lower, bounds.lowerBound), bounds.upperBound),
      upper: min(max(upper, bounds.lowerBound), bounds.upperBound))
  }
}

extension BinaryFloatingPoint {
  /// nil for values that JSON cannot represent.
  package var ifFinite: Self? { isFinite ? self : nil }
}

extension ConfidenceInterval {
  /// Both bounds, or nil if one is infinite.
  package var ifFinite: [Double]? { lower.isFinite && upper.isFinite ? [lower, upper] : nil }
}
