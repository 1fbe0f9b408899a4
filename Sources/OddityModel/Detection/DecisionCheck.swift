import OddityScores
import ONNXGraph

/// Checks that the decisions of a guarded file agree with the calibration scores that it contains. Both are
/// in the file, and somebody may have changed one of them.
///
/// Only results are compared, not nodes, so copies of a converter pass the check however it rewrote the
/// nodes.
struct DecisionCheck: Sendable {
  private let calibration: DetectorCalibration
  /// By how much a score may differ, as a share of itself, between an output and the value that p-values are
  /// computed from.
  private let slack: Float
  /// By how much it may differ at any size: quantised numbers have steps, and small numbers in half precision
  /// have few digits.
  private let step: Float
  private let model: String

  /// - Parameter isRounded: whether numbers in the graph have less than single precision.
  /// - Returns: nil if the file contains no calibration scores, or if rounded logits may name another class
  ///   than the one that the graph uses.
  /// - Throws: ``OddityError`` `.badModel` if the calibration scores are damaged.
  init?(_ guarded: GuardedModel, isRounded: Bool) throws(OddityError) {
    guard let calibration = try guarded.storedCalibration(), !isRounded || calibration.classes == nil else {
      return nil
    }
    self.calibration = calibration
    slack = isRounded ? 1 / 64 : 1e-5
    let scores = calibration.pooled.scores.filter(\.isFinite)
    step = isRounded ? ((scores.max() ?? 0) - (scores.min() ?? 0)) / 128 : 0
    model = guarded.model.name
  }

  /// - Parameters:
  ///   - score: the score of one image, as the graph gives it.
  ///   - classIndex: the predicted class.
  /// - Throws: ``OddityError`` `.badModel` if the p-value or the verdict does not follow from the score.
  func check(score: Float, classIndex: Int, pValue: Float, isOutlier: Bool) throws(OddityError) {
    let part = calibration.calibration(ofClass: classIndex)
    // If the score is not a number, both ends are that score.
    let reach = abs(score) * slack + step
    let (low, high) = (score - reach, score.isFinite ? min(score + reach, .greatestFiniteMagnitude) : score)
    let (least, largest) = (Float(part.pValue(low)), Float(part.pValue(high)))
    let isPossible =
      (least - slack...largest + slack).contains(pValue)
      && (isOutlier ? part.isOutlier(low) : !part.isOutlier(high))
    guard !isPossible else { return }
    throw OddityError(
      .badModel,
      "\(model) gives a score of \(score) the p-value \(pValue) and \(isOutlier ? "calls" : "does not call") it an outlier, "
        + "which does not follow from the calibration scores in the file: it was changed, or rounded by a converter, so take it "
        + "from where it was fitted"
    )
  }
}

extension Graph {
  /// Whether some numbers have less than single precision, as in copies made by a converter.
  var isRounded: Bool {
    hasOtherPrecision || nodes.contains { ["QuantizeLinear", "DequantizeLinear"].contains($0.op) }
  }
}
