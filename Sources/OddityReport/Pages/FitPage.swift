import Imaging
import Oddity

/// The report of a fit: why a block was selected, how its score looks, and which images are odd.
public struct FitPage: Sendable {
  /// One self-contained HTML file.
  public let html: String

  /// Reads again the images that it shows; one that cannot be read is left blank.
  ///
  /// - Parameters:
  ///   - model: what the report calls the classifier.
  ///   - engine: the engine's version, for the settings.
  public init(_ fit: Fit, of model: String, engine: String? = nil) {
    let content = FitContent(fit: fit)
    let sections = [
      content.blocks, content.scores, content.calibration, content.pictures,
      Page.section("Settings", [Settings(metadata: fit.guarded.metadata, engine: engine).markup]),
    ]
    html =
      Page(title: "Fit of \(model)", summary: FitSummaryText(fit).markup, sections: sections).html
  }
}

/// The sections of a fit's report.
private struct FitContent {
  let fit: Fit

  private var report: FitReport { fit.report }
  private var measurements: FitMeasurements { fit.measurements }
  private var metadata: GuardMetadata { fit.guarded.metadata }
  private var kinds: [FitMeasurements.Kind] { measurements.kinds }

  private let selectPart = "ID images, select part"

  var blocks: Markup {
    let figures = BlockFigures(
      report.blocks, selected: report.selected, kinds: report.pseudoOOD.map { BlockFigures.Kind($0) })
    return Page.section("Which block", [Page.figures([figures.chart] + norms), figures.table])
  }

  private var norms: [Figure] {
    NormFigures(
      inDistribution: ("ID images", kinds[0].norms.inDistribution),
      sets: kinds.map { ($0.name, $0.norms.pseudoOOD) }, labels: BlockFigures.labels(report.blocks)
    ).figures
  }

  var scores: Markup {
    let figures = report.scores.indices.flatMap { position in
      ScoreFigures(
        score: report.scores[position].name,
        inDistribution: .init(name: selectPart, scores: kinds[0].scores[position].inDistribution),
        sets: zip(kinds, report.pseudoOOD).map { kind, report in
          .init(
            name: kind.name, scores: kind.scores[position].pseudoOOD,
            auroc: report.scores[position].aurocPseudo)
        },
        threshold: position == 0
          ? ScoreThreshold(report.threshold, groups: report.calibrationGroups) : .none
      ).figures
    }
    var table = DataTable(
      caption: "How well each score tells the select part from pseudo-OOD images made of it",
      columns: [.text("score"), .text("pseudo-OOD"), .number("AUROC"), .number("95 % interval")])
    for kind in report.pseudoOOD {
      for score in kind.scores {
        table.append(
          score.name,
          [
            kind.kind, Figures.decimal(score.aurocPseudo, 3), Figures.interval(score.aurocPseudoCI95, 3),
          ])
      }
    }
    return Page.section(
      "Scores", (report.auto.map { AutoTables($0).markup } ?? []) + [Page.figures(figures), table.markup])
  }

  var calibration: Markup {
    func pValues(_ scores: [Float]) -> [Float] {
      scores.map { Float(measurements.calibration.pooled.pValue($0)) }
    }
    let figures = CalibrationFigures(
      inDistribution: .init(name: selectPart, pValues: pValues(kinds[0].scores[0].inDistribution)),
      sets: kinds.map { .init(name: $0.name, pValues: pValues($0.scores[0].pseudoOOD)) },
      calibrationSize: measurements.calibration.pooled.scores.count, alpha: report.alpha)
    return Page.section(
      "Calibration",
      [
        Page.paragraph(
          "The select part is not among the calibration images. Where the classifier was trained on it and not on "
            + "those, it may lie below the diagonal; 'oddity evaluate' draws this for images that are new."
            + (report.calibrationScope == .byClass
              ? " Drawn over all classes together; verdicts go by predicted class." : "")),
        Page.figures(figures.figures),
      ])
  }

  var pictures: Markup {
    let groups = [
      ("Images of --id that were fitted on", measurements.images.filter { $0.part != .calibrate }),
      ("Calibration images", measurements.images.filter { $0.part == .calibrate }),
    ].filter { !$0.1.isEmpty }
    let count = PictureStrip.countOnASide(strips: groups.count)
    let reader = PictureReader(preprocessing: metadata.preprocessing, sources: measurements.sources)
    let strips = groups.map { name, images in
      PictureStrip(name: name, images: images.map(request), count: count, reader: reader)
    }
    return Page.section(
      "Images",
      [
        Page.paragraph(
          "The images with the highest and the lowest score. The lowest ones are worth a look: they may be mislabelled, "
            + "damaged, or not of this kind at all. A frame marks those that would be flagged.")
      ] + strips.map { $0.markup(level: 3) })
  }

  private func request(_ image: FitMeasurements.Image) -> PictureReader.Request {
    PictureReader.Request(
      source: image.source, position: image.position, score: image.score,
      pValue: image.pValue, isFlagged: image.isOutlier)
  }
}
