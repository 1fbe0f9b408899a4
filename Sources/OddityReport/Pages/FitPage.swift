import Imaging
import Oddity

/// The report of a fit: why a block was selected, how its score is distributed, and which images are odd.
public struct FitPage: Sendable {
  /// One self-contained HTML file.
  public let html: String

  /// Reads the shown images again. One that cannot be read is left blank.
  ///
  /// - Parameters:
  ///   - model: the name of the classifier in the report.
  ///   - engine: engine, version and device, for the settings.
  public init(_ fit: Fit, of model: String, engine: String? = nil) {
    let content = FitContent(fit: fit, content: DetectorContent(fit))
    let sections = [
      content.blocks, content.scores, content.calibration, content.pictures,
      Page.section("Settings", [Settings(fit.guarded.metadata, engine: engine).markup]),
    ]
    let summary = FitSummaryText(report: fit.report, metadata: fit.guarded.metadata)
    html = Page(title: "Fit of \(model)", summary: summary.markup, sections: sections).html
  }
}

/// The sections of a fit's report.
private struct FitContent {
  let fit: Fit

  let content: DetectorContent

  private var report: FitReport { fit.report }
  private var measurements: FitMeasurements { fit.measurements }

  var blocks: Markup {
    let (figures, kinds) = (content.blocks, measurements.kinds)
    let norms = NormFigures(
      inDistribution: ("ID images", kinds[0].norms.inDistribution),
      sets: kinds.map { ($0.name, $0.norms.pseudoOOD) }, labels: figures.labels)
    return Page.section("Which block", [Page.figures([figures.chart] + norms.figures), figures.table])
  }

  var scores: Markup {
    let rows = report.pseudoOOD.flatMap { kind in kind.scores.map { (kind: kind.kind, score: $0) } }
    let table = DataTable(
      "How well each score separates images of the select part from pseudo-OOD images made from them", rows,
      [
        .text("score") { $0.score.name }, .text("pseudo-OOD") { $0.kind },
        .number("AUROC") { Figures.decimal($0.score.aurocPseudo, 3) },
        .number("95 % interval") { Figures.interval($0.score.aurocPseudoCI95, 3) },
      ])
    return Page.section(
      "Scores",
      (report.auto?.markup ?? []) + report.fusions.flatMap(\.markup)
        + [content.scoreCharts(report.scores.indices), table.markup])
  }

  var calibration: Markup {
    Page.section(
      "Calibration",
      [
        Page.paragraph(
          "The select part is not used for calibration. If the classifier was trained on the select part but "
            + "not on the calibration images, its curve may lie below the diagonal. \(.evaluation) draws "
            + "this chart for new images."
            + (report.calibrationScope == .byClass
              ? " The chart is for all classes together, although verdicts use the threshold of the "
                + "predicted class." : "")),
        content.calibrationCharts,
      ])
  }

  var pictures: Markup {
    let groups = [
      (
        "Images of \(.inDistribution) that were used to fit",
        measurements.images.filter { $0.part != .calibrate }
      ),
      ("Calibration images", measurements.images.filter { $0.part == .calibrate }),
    ].filter { !$0.1.isEmpty }
    let count = PictureStrip.countOnASide(strips: groups.count)
    let reader = PictureReader(
      preprocessing: fit.guarded.metadata.preprocessing, sources: measurements.sources)
    let strips = groups.map { name, images in
      let requests = images.map {
        PictureReader.Request(
          source: $0.source, position: $0.position, score: $0.score, pValue: $0.pValue,
          isFlagged: $0.isOutlier)
      }
      return PictureStrip.markup(name, requests, count: count, reader: reader, level: 3)
    }
    return Page.section(
      "Images",
      [
        Page.paragraph(
          "The images with the highest and the lowest score. Check the images with the lowest scores: they "
            + "may be mislabelled, damaged, or not of this kind at all. A frame marks the images that would "
            + "be flagged.")
      ] + strips)
  }
}

extension DetectorContent {
  /// The content for the select part, and for the pseudo-OOD images made from it.
  fileprivate init(_ fit: Fit) {
    let (report, kinds) = (fit.report, fit.measurements.kinds)
    let calibration = fit.measurements.calibration.pooled
    func sample(_ name: String, _ scores: [[Float]]) -> Sample {
      Sample(name: name, scores: scores, pValues: scores[0].map { Float(calibration.pValue($0)) }, norms: [])
    }
    self.init(
      inDistribution: sample("ID images, select part", kinds[0].scores.map(\.inDistribution)),
      sets: kinds.map { sample($0.name, $0.scores.map(\.pseudoOOD)) },
      scores: report.scores.enumerated().map { position, score in
        Score(
          name: score.name, aurocs: report.pseudoOOD.map { $0.scores[position].aurocPseudo },
          threshold: position == 0
            ? ScoreThreshold(report.threshold, groups: report.calibrationGroups) : nil)
      },
      blocks: BlockFigures(
        blocks: report.blocks, selected: report.selected,
        kinds: report.pseudoOOD.map { BlockFigures.Kind($0) }),
      calibrationSize: calibration.scores.count, alpha: report.alpha,
      preprocessing: fit.guarded.metadata.preprocessing, picturesOnASide: 0)
  }
}
