import OddityScores
import ONNXGraph

/// Holds what the nodes of a guarded file decide against the calibration scores that the file carries: both are in the file, and
/// somebody may have changed one of them.
///
/// Nothing is compared node by node, so that copies which a converter made stay welcome, whatever it made of the nodes.
struct DecisionCheck: Sendable {
  private let calibration: DetectorCalibration
  /// As a share of itself, by how much a score may differ between an output and what p-values are read from.
  private let slack: Float
  /// By how much it may differ whatever its size: quantised numbers stand in steps, and small halves have few digits.
  private let step: Float
  private let model: String

  /// - Parameter isRounded: whether numbers in the graph have less than single precision.
  /// - Returns: nil where the file carries no calibration scores, and where rounded logits may name another class than the graph
  ///   takes.
  /// - Throws: ``OddityError`` `.badModel` where they are damaged.
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
  ///   - score: of one image, as the graph gives it.
  ///   - classIndex: the predicted class.
  /// - Throws: ``OddityError`` `.badModel` where p-value or verdict are not those of the score.
  func check(score: Float, classIndex: Int, pValue: Float, isOutlier: Bool) throws(OddityError) {
    let part = calibration.calibration(ofClass: classIndex)
    // A score that is no number stands for itself at both ends.
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
  /// Whether numbers have less than single precision somewhere, as in copies of a converter's.
  var isRounded: Bool {
    hasOtherPrecision || nodes.contains { ["QuantizeLinear", "DequantizeLinear"].contains($0.op) }
  }
}
