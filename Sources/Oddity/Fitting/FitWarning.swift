import Foundation

/// What a user must know before trusting a detector, found from pseudo-OOD images alone.
enum FitWarning {
  /// FeatureNorm's case: it does no better than chance, or another score does better by more than chance explains.
  ///
  /// - Parameters:
  ///   - rivals: of which the best is recommended.
  ///   - calibrated: the first score; where that is the best, nothing is to be said.
  static func featureNorm(
    _ norm: PairedAUROC?, against rivals: [Rival], calibrated: ScoreName = .featurenorm
  ) -> String? {
    guard let norm else {
      return
        "FeatureNorm of the selected block could not be compared with pseudo-OOD images: the select part is empty "
        + "or holds scores that are not numbers"
    }
    let area = text(norm.value)
    if norm.interval.lower <= 0.5 {
      return
        "FeatureNorm is not expected to help on this network: at the selected block it tells images from "
        + "their pseudo-OOD images with AUROC \(area) (95 % interval \(text(norm.interval))), no better than chance"
    }
    let better = rivals.filter { $0.auroc.differenceInterval(minus: norm).lower > 0 }
    guard let first = better.first else { return nil }
    let best = better.reduce(first) { $1.auroc.value > $0.auroc.value ? $1 : $0 }
    guard best.name != calibrated else { return nil }
    return
      "\(best.name == .energy ? "Energy" : best.name.description) is expected to do better on this network: it tells images "
      + "from their pseudo-OOD images with AUROC \(text(best.auroc.value)), FeatureNorm of the selected block with \(area); "
      + "consider \(best.name) as the first score"
  }

  /// A score that FeatureNorm is compared with.
  typealias Rival = (name: ScoreName, auroc: PairedAUROC)

  /// Scores that are higher on pseudo-OOD images than on the images that these are made of.
  static func reversed(_ scores: [ScoreReport], kind: String) -> String? {
    let reversed = scores.filter {
      ($0.aurocPseudo ?? 1) < 0.5 && $0.name != ScoreName.featurenorm.description
    }
    guard !reversed.isEmpty else { return nil }
    let list = reversed.map { "\($0.name) (\(text($0.aurocPseudo ?? 0)))" }.joined(separator: ", ")
    return
      "pseudo-OOD images (\(kind)) score higher than images, so that outliers may be missed, with AUROC below one "
      + "half: \(list)"
  }

  /// The warnings given as one text; `nil` where there is none.
  static func joined(_ warnings: [String?]) -> String? {
    let given = warnings.compactMap { $0 }
    return given.isEmpty ? nil : given.joined(separator: "; ")
  }

  static func overlap(_ count: Int) -> String? {
    guard count > 0 else { return nil }
    let images = count == 1 ? "1 calibration image is" : "\(count) calibration images are"
    return "\(images) also among the --id images: the false-alarm rate will be optimistic"
  }

  /// Calibration by class where classes are so small that they are one group.
  static func singleGroup(_ calibration: DetectorCalibration) -> String? {
    guard let groups = calibration.classes?.groups, groups.count == 1, groups.ofClass.count > 1 else {
      return nil
    }
    return
      "calibration by class is the same as over all images here: too few classes have enough images in the fit part and "
      + "among the calibration images for this rate, so that all \(groups.ofClass.count) are one group; pass more images, or "
      + "allow more false alarms with a larger --alpha"
  }

  /// Classes of which nothing can be flagged, because too few calibration images are predicted as them.
  static func unflagged(_ calibration: DetectorCalibration, labels: [String]?) -> String? {
    let groups = (calibration.groupReports ?? []).filter { $0.rank == 0 }
    guard !groups.isEmpty else { return nil }
    let names = groups.map { "\($0.names(labels)) (\($0.calibrationImages))" }
    return
      "too few calibration images are predicted as \(names.joined(separator: "; ")): no image predicted so can be "
      + "flagged at this rate; add calibration images, or allow more false alarms with a larger --alpha"
  }

  private static func text(_ value: Double) -> String { String(format: "%.3f", value) }

  private static func text(_ interval: ConfidenceInterval) -> String {
    "\(text(interval.lower)) to \(text(interval.upper))"
  }
}
