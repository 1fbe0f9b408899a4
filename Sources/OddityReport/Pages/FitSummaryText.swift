import Oddity

/// The result of a fit in plain words and a few numbers.
struct FitSummaryText {
  let report: FitReport
  let metadata: GuardMetadata

  var markup: [Markup] {
    [Page.paragraph(selection + " " + stability), Page.paragraph(calibration)]
      + report.warnings.map { Page.warning($0.text) } + [Page.facts(facts)]
  }

  private var selected: BlockReport? { report.blocks[report.selected] }

  private var selection: String {
    guard report.usesSelectedBlock else {
      return
        "The block with the largest NormRatio is not used by any score here. It is \(report.selected.name) "
        + "with \(Figures.decimal(selected?.normRatio, 3))."
    }
    let ratio = Figures.decimal(selected?.normRatio, 3)
    let interval = Figures.interval(selected?.normRatioCI95, 3)
    let measured =
      "FeatureNorm there is \(ratio) times as large on in-distribution images as on pseudo-OOD images made of them "
      + "(\(report.pseudoOOD.first?.kind ?? metadata.pseudoOOD); 95 % interval \(interval))"
    let name = report.selected.name
    guard report.isSelectedByNormRatio else {
      return "FeatureNorm is taken at \(name), as named with \(.block). \(measured)."
    }
    return "FeatureNorm is taken at \(name), which has the largest NormRatio of "
      + "\(Figures.count(report.blocks.count, "block")). \(measured)."
  }

  private var stability: String {
    guard report.isSelectedByNormRatio else { return "" }
    let share = Figures.percent(report.selectionStability)
    let runnerUp = report.runnerUp.map { runnerUp in
      "; the runner-up is \(runnerUp.name), at \(Figures.decimal(report.blocks[runnerUp]?.normRatio, 3))"
    }
    return "It has the largest NormRatio in \(share) of 1,000 bootstrap resamples of the images"
      + (runnerUp ?? "") + "."
  }

  private var calibration: String {
    "An image is flagged as an outlier if its score (\(metadata.score)) is below \(limit). The false-alarm "
      + "rate is set to \(Figures.percent(report.alpha, 2)); with this calibration set it may be "
      + "\(falseAlarms) in the long run."
  }

  private var threshold: ScoreThreshold {
    ScoreThreshold(report.threshold, groups: report.calibrationGroups)
  }

  private var limit: String {
    let images = Figures.count(report.calibrationImages, "calibration image")
    guard case .byClass = threshold, let groups = report.calibrationGroups else {
      return "\(threshold.text), the threshold from \(images)"
    }
    return
      "the threshold of its predicted class. There are \(groups.count) thresholds from \(images); \(.report) "
      + "lists them as calibration_groups"
  }

  private var falseAlarms: String { Figures.perCent(report.falseAlarmInterval) + Figures.percentSign }

  private var facts: [(String, String)] {
    let accuracies = [report.idAccuracy, report.calibrationAccuracy].map { Figures.percent($0) }
    let images = [report.parts.fit, report.parts.select, report.parts.calibrate].map { Figures.count($0) }
    let kind = report.pseudoOOD.first?.kind ?? "pseudo-OOD"
    return [
      ("Selected block", report.selected.name),
      ("NormRatio", Figures.decimal(selected?.normRatio, 3)),
      ("Stability", Figures.percent(report.selectionStability)),
      ("Runner-up", report.runnerUp?.name ?? "none"),
      ("AUROC against \(kind)", Figures.decimal(report.scores.first?.aurocPseudo, 3)),
      ("Accuracy: images, calibration images", accuracies.joined(separator: " · ")),
      ("Threshold", threshold.text), ("False alarms", falseAlarms),
      ("Images: fit, select, calibrate", images.joined(separator: " · ")),
    ]
  }
}
