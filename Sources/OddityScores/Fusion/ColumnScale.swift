import Foundation
import OddityClassifier

/// How a score becomes a column: `clip((s − median) / spread, −5, 3)`, with the spread `(median − 5 % quantile) / 1.645` of the
/// select images, which is the standard deviation of a normal distribution's lower half.
package struct ColumnScale: Sendable, Equatable {
  package let median: Double
  package let spread: Double

  package init(median: Double, spread: Double) { (self.median, self.spread) = (median, spread) }

  /// - Returns: nil where a score is not finite, or the lower half of them is all the same.
  init?(_ scores: [Float]) {
    guard !scores.isEmpty, scores.allSatisfy(\.isFinite) else { return nil }
    let sorted = scores.sorted()
    let median = sorted.quantileOfSorted(0.5)
    let spread = (median - sorted.quantileOfSorted(0.05)) / 1.645
    // Of a smaller spread, what engines round differently in single precision would be a noticeable part.
    guard spread > 256 * Double(Float.ulpOfOne) * abs(median), Float(spread).isNormal else { return nil }
    self.init(median: median, spread: spread)
  }

  /// A score that is no number counts as the least there is.
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
