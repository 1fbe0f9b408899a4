import Imaging
import OddityModel

/// Warnings about a detector, found with pseudo-OOD images only.
enum FitWarning {
  /// Warns if FeatureNorm is no better than chance, or if another score is significantly better.
  ///
  /// - Parameters:
  ///   - rivals: the scores of which the best is recommended.
  ///   - calibrated: the first score. If it is the best, there is no warning.
  ///   - isChosen: whether `auto` chose the first score. It used more evidence, so no other score is
  ///     recommended.
  static func featureNorm(
    _ norm: PairedAUROC?, against rivals: [Rival], calibrated: ScoreName = .featurenorm,
    isChosen: Bool = false
  ) -> Warning? {
    guard let norm else {
      return Warning(
        .featureNormNotCompared,
        "FeatureNorm of the selected block could not be compared with pseudo-OOD images: the select part is empty "
          + "or holds scores that are not numbers; pass more images with \(.inDistribution)")
    }
    let measured = "AUROC \(text(norm.value)) (95 % interval \(text(norm.interval)))"
    if norm.interval.upper < 0.5 {
      return Warning(
        .featureNormReversed,
        "FeatureNorm is reversed on this network, and outliers would be missed: at the selected block it is larger on "
          + "pseudo-OOD images than on images, \(measured), where 0.5 is chance; "
          + advice(rivals, calibrated: calibrated, isChosen: isChosen))
    }
    if norm.interval.lower <= 0.5 {
      return Warning(
        .featureNormAtChance,
        "FeatureNorm is not expected to help on this network: at the selected block it tells images from "
          + "their pseudo-OOD images with \(measured), no better than chance; "
          + advice(rivals, calibrated: calibrated, isChosen: isChosen))
    }
    guard !isChosen,
      let best = best(of: rivals.filter { $0.auroc.differenceInterval(minus: norm).lower > 0 }),
      best.name != calibrated
    else { return nil }
    return Warning(
      .betterScore,
      "\(title(best.name)) is expected to do better on this network: it tells images from their pseudo-OOD images with "
        + "AUROC \(text(best.auroc.value)), FeatureNorm of the selected block with \(text(norm.value)); take it with "
        + "\(.scores, best.name), or let \(.scores, "auto") choose among all scores")
  }

  /// What to do if FeatureNorm fails: take the best of the other measured scores, if it is better than
  /// chance.
  private static func advice(_ rivals: [Rival], calibrated: ScoreName, isChosen: Bool) -> String {
    if isChosen {
      return calibrated == .featurenorm
        ? "auto chose it by other kinds of pseudo-OOD images" : chosen(calibrated)
    }
    guard let best = best(of: rivals.filter { $0.auroc.interval.lower > 0.5 }) else {
      let names = rivals.map { "\($0.name) (\(text($0.auroc.value)))" }.joined(separator: ", ")
      return
        (names.isEmpty
        ? "no other score was measured" : "no score measured beside it does better than chance: \(names)")
        + "; check \(.preprocessing), and let \(.scores, "auto") look for a score that helps"
    }
    let found = "of the scores measured beside it \(best.name) does best (AUROC \(text(best.auroc.value)))"
    return best.name == calibrated
      ? "\(found), and it is the calibrated score already" : "\(found): take it with \(.scores, best.name)"
  }

  private static func chosen(_ name: ScoreName) -> String {
    "you need not do anything: auto chose \(name), and images are flagged by that score"
  }

  /// The best score, or the first of several.
  private static func best(of rivals: [Rival]) -> Rival? {
    guard let first = rivals.first else { return nil }
    return rivals.reduce(first) { $1.auroc.value > $0.auroc.value ? $1 : $0 }
  }

  private static func title(_ name: ScoreName) -> String { name == .energy ? "Energy" : name.description }

  /// A score that FeatureNorm is compared with.
  typealias Rival = (name: ScoreName, auroc: PairedAUROC)

  /// Warns about scores that are higher on pseudo-OOD images than on the images that these are made from.
  ///
  /// - Parameters:
  ///   - measured: all measured scores. One that is not reversed is recommended.
  ///   - chosen: the score that `auto` chose. If there is one, no other score is recommended.
  static func reversed(
    _ scores: [ScoreReport], kind: String, measured: [Rival], chosen: ScoreName? = nil
  ) -> Warning? {
    let reversed = scores.filter {
      ($0.aurocPseudo ?? 1) < 0.5 && $0.name != ScoreName.featurenorm.description
    }
    guard !reversed.isEmpty else { return nil }
    let list = reversed.map { "\($0.name) (\(text($0.aurocPseudo ?? 0)))" }.joined(separator: ", ")
    let best = best(of: measured.filter { $0.auroc.interval.lower > 0.5 })
    let isCalibrated = best?.name.description == scores.first?.name
    let advice =
      chosen.map(Self.chosen)
      ?? best.map { best in
        let found = "of the scores measured \(best.name) does best (AUROC \(text(best.auroc.value)))"
        return isCalibrated ? "\(found), which is calibrated" : "\(found): take it with \(.scores, best.name)"
      } ?? "no score that was measured does better than chance: let \(.scores, "auto") look for one"
    return Warning(
      .scoresReversed,
      "pseudo-OOD images (\(kind)) score higher than images, so outliers may be missed; the AUROC is below "
        + "one half: \(list); \(advice)")
  }

  /// Warns about scores that could not be fitted, if the others could.
  static func leftOut(_ scores: [ScoreLeftOut]) -> [Warning] {
    scores.map { Warning(.scoreLeftOut, "\($0.name) is left out: \($0.reason)") }
  }

  /// Warns about scores that are equal on all calibration images. They would flag nothing, or everything.
  static func constant(_ scores: FittedScores, of wanted: [Int]) -> [Warning] {
    wanted.compactMap { position in
      let values = scores.calibrate[position]
      guard values.count > 1, let first = values.first, values.allSatisfy({ $0 == first }) else { return nil }
      return Warning(
        .scoreConstant,
        "\(scores.names[position]) is \(first) on all \(values.count) calibration images, so it says nothing "
          + "about an image: "
          + (position == wanted.first ? "take another score with \(.scores)" : "leave it out of \(.scores)")
          + ", and check that \(.preprocessing) fits the classifier")
    }
  }

  static func overlap(_ count: Int) -> Warning? {
    guard count > 0 else { return nil }
    let images = count == 1 ? "1 calibration image is" : "\(count) calibration images are"
    return Warning(
      .calibrationOverlap,
      "\(images) also among the \(.inDistribution) images: the false-alarm rate will be optimistic")
  }

  private static func text(_ value: Double) -> String { Numbers.fixed(value, 3) }

  private static func text(_ interval: ConfidenceInterval) -> String {
    "\(text(interval.lower)) to \(text(interval.upper))"
  }
}
