import Oddity

extension Assessment {
  /// The assessment as text.
  var text: String {
    let flaggedText =
      "flagged: \(Numbers.percent(flagged, 1)) of \(images) images, where \(Numbers.percent(alpha, 1)) of in-distribution images are\n"
    let strangeText =
      "strange images: at least \(Numbers.percent(strange.shareAtLeast, 1)) (\(strange.imagesAtLeast) "
      + "images), with 95 % confidence\n"
    return flaggedText + shiftText + strangeText + accuracyText + groupsText + gates.map(\.text).joined()
  }

  private var shiftText: String {
    let signatures = shift.pValueOfSignatures.map { ", signatures \(Numbers.fixed($0, 4))" } ?? ""
    return
      "shift: p = \(Numbers.fixed(shift.pValue, 4)) (scores \(Numbers.fixed(shift.pValueOfScores, 4))\(signatures))\n"
  }

  private var accuracyText: String {
    guard let accepted = accuracyOfAccepted, let accuracy else {
      return "accuracy: unknown (\(accuracyWithheld ?? ""))\n"
    }
    return
      "accuracy to expect: \(accepted.text) on the \(accepted.images) images that are not flagged; \(accuracy.text) on all\n"
  }

  private var groupsText: String {
    guard !groups.isEmpty else { return "" }
    return "\nflagged images that look alike\n"
      + Table(
        groups,
        [
          .number("images") { "\($0.images)" }, .text("mostly predicted as") { $0.takenFor },
          .text("such as") { $0.examples.prefix(3).joined(separator: ", ") },
        ]
      ).text
  }
}

extension AccuracyEstimate {
  fileprivate var text: String {
    "\(Numbers.percent(value, 1)) (\(Numbers.interval(interval.map { 100 * $0 }, 1)) %)"
  }
}

extension AssessmentGates.Result {
  fileprivate var text: String {
    let found = value.map { Numbers.fixed($0, 4) } ?? "unknown"
    let bound =
      switch gate {
      case .maxOutliers: "lower bound of the strange share:"
      case .shiftAlpha: "p ="
      case .minAccuracy: "lower bound of the accuracy:"
      }
    return "\(passes ? "passed" : "FAILED"): --\(gate.rawValue) \(limit); \(bound) \(found)\n"
  }
}
