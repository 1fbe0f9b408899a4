import Foundation
import OddityFiles

/// Split-conformal calibration: p-values and a threshold from the scores of held-out ID images.
///
/// For a new ID image that is exchangeable with the n calibration images, `P(flagged) ≤ k / (n + 1)`, with
/// equality if there are no ties. Source: Vovk, Gammerman & Shafer, *Algorithmic Learning in a Random World*,
/// 2005, prop. 2.8.
public struct ConformalCalibration: Sendable {
  /// The calibration scores in ascending order, float32, as the guarded model computes them.
  public let scores: [Float]
  public let alpha: Alpha
  /// k: an image is flagged if `1 + #{calibration scores ≤ its score} ≤ k`. It is at most n. It is zero only
  /// for a group that has too few images for the rate.
  public let rank: Int

  /// - Parameters:
  ///   - scores: one score for each calibration image, in any order.
  ///   - alpha: the false-alarm rate.
  ///   - confidence: nil uses k = ⌊alpha·(n + 1)⌋, which keeps the rate at alpha on average over calibration
  ///     sets. A probability P uses the largest k whose P-quantile of Beta(k, n + 1 − k) is at most alpha. The
  ///     long-run rate is then at most alpha for a share P of calibration sets (Vovk, ACML 2012).
  /// - Throws: `OddityError.badData` if a score is not finite, `.tooFewCalibrationImages` if k would be 0,
  ///   `.usage` if the confidence is not within (0, 1).
  public init(scores: [Float], alpha: Alpha, confidence: Double? = nil) throws(OddityError) {
    try self.init(group: scores, alpha: alpha, confidence: confidence)
    guard rank >= 1 else { throw Self.tooFew(scores.count, alpha: alpha, confidence: confidence) }
  }

  /// The calibration of a group of classes. With too few images for the rate, k is zero and nothing is
  /// flagged.
  ///
  /// - Throws: as ``init(scores:alpha:confidence:)``, but not for too few images.
  init(group scores: [Float], alpha: Alpha, confidence: Double?) throws(OddityError) {
    if let position = scores.firstIndex(where: { !$0.isFinite }) {
      throw OddityError(
        .badData,
        "the score of calibration image \(position + 1) is \(scores[position]), not a finite number: "
          + "check the image and the model's preprocessing")
    }
    self.scores = scores.sorted()
    self.alpha = alpha
    rank = try Self.largestRank(calibrationSize: scores.count, alpha: alpha, confidence: confidence)
  }

  /// k for n calibration images, at least 1. It is known before any image is scored.
  ///
  /// - Throws: as ``init(scores:alpha:confidence:)``, except for errors of scores.
  package static func rank(calibrationSize n: Int, alpha: Alpha, confidence: Double?) throws(OddityError)
    -> Int
  {
    let rank = try largestRank(calibrationSize: n, alpha: alpha, confidence: confidence)
    guard rank >= 1 else { throw tooFew(n, alpha: alpha, confidence: confidence) }
    return rank
  }

  /// The k-th smallest calibration score. An image with a lower score is an outlier, one with a higher score
  /// is not. −∞ if k is zero.
  public var threshold: Float { rank > 0 ? scores[rank - 1] : -.infinity }

  /// `(1 + #{calibration scores ≤ score}) / (n + 1)`, at least `1 / (n + 1)`, at most 1.
  ///
  /// A score that is not finite exceeds no calibration score: nothing is known about the image, so it gets
  /// the smallest p-value.
  public func pValue(_ score: Float) -> Double {
    Double(1 + countAtOrBelow(score)) / Double(scores.count + 1)
  }

  /// Whether an image with this score is flagged, decided in integers. A score that is not finite is always
  /// flagged.
  public func isOutlier(_ score: Float) -> Bool {
    !score.isFinite || 1 + countAtOrBelow(score) <= rank
  }

  /// The central 95 % of Beta(k, n + 1 − k), the distribution of the long-run false-alarm rate over
  /// calibration sets.
  public var falseAlarmInterval: ConfidenceInterval {
    guard rank > 0 else { return ConfidenceInterval(lower: 0, upper: 0) }
    let rate = BetaDistribution(a: Double(rank), b: Double(scores.count + 1 - rank))
    return ConfidenceInterval(lower: rate.quantile(0.025), upper: rate.quantile(0.975))
  }

  private func countAtOrBelow(_ score: Float) -> Int {
    score.isFinite ? scores.partitionPoint { $0 <= score } : 0
  }
}

extension ConformalCalibration {
  /// ⌊alpha·(n + 1)⌋, or with a confidence the largest k in 0…n with `I_alpha(k, n + 1 − k) ≥ confidence`.
  /// That value falls as k grows, so bisection finds k.
  private static func largestRank(
    calibrationSize n: Int, alpha: Alpha, confidence: Double?
  ) throws(OddityError) -> Int {
    guard let confidence else { return alpha.rank(calibrationSize: n) }
    guard confidence > 0, confidence < 1 else {
      throw OddityError(.usage, "confidence \(confidence) is not between 0 and 1: pass one such as 0.95")
    }
    var (lower, upper) = (0, n)
    while lower < upper {
      let k = (lower + upper + 1) / 2
      let rate = BetaDistribution(a: Double(k), b: Double(n + 1 - k))
      if rate.cumulative(alpha.value) >= confidence { lower = k } else { upper = k - 1 }
    }
    return lower
  }

  /// The smallest calibration size: ⌈1/alpha⌉ − 1, or the least n with `1 − (1 − alpha)ⁿ ≥ confidence`.
  static func smallestSize(alpha: Alpha, confidence: Double?) -> Int {
    guard let confidence else { return alpha.smallestCalibrationSize }
    return Int((log1p(-confidence) / log1p(-alpha.value)).rounded(.up))
  }

  private static func tooFew(_ n: Int, alpha: Alpha, confidence: Double?) -> OddityError {
    let needed = smallestSize(alpha: alpha, confidence: confidence)
    let condition = confidence.map { "alpha \(alpha) with confidence \($0)" } ?? "alpha \(alpha)"
    let images = n == 1 ? "1 calibration image is" : "\(n) calibration images are"
    return OddityError(
      .tooFewCalibrationImages,
      "\(images) too few for \(condition), which needs at least \(needed): pass more calibration images, or "
        + "allow more false alarms with a larger \(.alpha)")
  }
}
