import Foundation
import OddityClassifier

/// How a score becomes a column: `clip((s − median) / spread, −5, 3)`. The spread is `(median − 5 % quantile)
/// / 1.645` of the select images, an estimate of the standard deviation from the lower half of a normal
/// distribution.
package struct ColumnScale: Sendable, Equatable {
  package let median: Double
  package let spread: Double

  package init(median: Double, spread: Double) { (self.median, self.spread) = (median, spread) }

  /// - Returns: nil if a score is not finite, or if the lower half of the scores is constant.
  init?(_ scores: [Float]) {
    guard !scores.isEmpty, scores.allSatisfy(\.isFinite) else { return nil }
    let sorted = scores.sorted()
    let median = sorted.quantileOfSorted(0.5)
    let spread = (median - sorted.quantileOfSorted(0.05)) / 1.645
    // With a smaller spread, rounding differences between engines in single precision would be noticeable.
    guard spread > 256 * Double(Float.ulpOfOne) * abs(median), Float(spread).isNormal else { return nil }
    self.init(median: median, spread: spread)
  }

  /// A score that is not a number counts as the lowest one.
  func standardised(_ score: Float) -> Double {
    guard score.isFinite else { return FusionRule.range.lowerBound }
    return ((Double(score) - median) / spread).clamped(to: FusionRule.range)
  }
}

extension Double {
  fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
    Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
  }
}
