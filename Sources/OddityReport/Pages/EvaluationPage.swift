import Imaging
import Oddity

/// The report of an evaluation: how guarded models tell ID images from sets of OOD images.
///
/// Models are added one after another, so that only their drawings are kept, and not their images' scores.
public struct EvaluationPage: Sendable {
  private let modelCount: Int
  private let engine: String?
  private var reports: [DetectorReport] = []
  private var sections: [Markup] = []

  /// - Parameters:
  ///   - models: how many will be added; they share the room for thumbnails.
  ///   - engine: the engine's version, for the settings.
  public init(models: Int, engine: String? = nil) {
    (modelCount, self.engine) = (models, engine)
  }

  /// Adds a model; the images that are shown are read again, and one that cannot be read is left blank.
  ///
  /// - Parameters:
  ///   - evaluation: by a detector that measured norms, or there is no figure of them.
  ///   - name: what the report calls the model.
  public mutating func append(_ evaluation: Evaluation, of name: String, _ metadata: GuardMetadata) {
    let strips = modelCount * (1 + evaluation.outOfDistribution.count)
    let content = EvaluationContent(
      evaluation: evaluation, metadata: metadata, picturesOnASide: PictureStrip.countOnASide(strips: strips))
    reports += evaluation.reports
    sections.append(
      Page.section(
        name,
        content.sections + [
          Page.section("Settings", level: 3, [Settings(metadata: metadata, engine: engine).markup])
        ]))
  }

  /// One self-contained HTML file.
  public var html: String {
    let summary = EvaluationSummaryText(reports)
    return Page(
      title: summary.title, summary: summary.markup,
      sections: [Page.section("All models and scores", summary.tables)] + sections
    ).html
  }
}

/// The sections on one model.
private struct EvaluationContent {
  let evaluation: Evaluation
  let metadata: GuardMetadata
  let picturesOnASide: Int

  private var inDistribution: ScoredSet { evaluation.inDistribution }
  private var outOfDistribution: [ScoredSet] { evaluation.outOfDistribution }

  var sections: [Markup] {
    [scores, calibration, blocks, pictures]
  }

  private var scores: Markup {
    let figures = evaluation.reports.enumerated().flatMap { position, report in
      ScoreFigures(
        score: report.score,
        inDistribution: .init(
          name: inDistribution.name, scores: inDistribution.images.map { $0.scores[position] }),
        sets: zip(outOfDistribution, report.ood).map { set, report in
          .init(
            name: set.name, scores: set.images.map { $0.scores[position] }, auroc: report.metrics.auroc)
        },
        threshold: position == 0 ? metadata.threshold : nil
      ).figures
    }
    return Page.section("Scores", level: 3, [Page.figures(figures)])
  }

  private var calibration: Markup {
    func sample(_ set: ScoredSet) -> CalibrationFigures.Sample {
      .init(name: set.name, pValues: set.images.map(\.pValue))
    }
    let figures = CalibrationFigures(
      inDistribution: sample(inDistribution), sets: outOfDistribution.map(sample),
      calibrationSize: metadata.calibrationSize, alpha: Double(metadata.alpha) ?? .nan)
    return Page.section("Calibration", level: 3, [Page.figures(figures.figures)])
  }

  private var blocks: Markup {
    let kind = metadata.pseudoOOD.split(separator: ",").first.map(String.init) ?? metadata.pseudoOOD
    let figures = BlockFigures(metadata.blocks, selected: metadata.block, kind: kind)
    return Page.section(
      "Blocks", level: 3, [Page.figures([figures.chart] + norms), figures.table])
  }

  /// Nothing where no norms were measured.
  private var norms: [Figure] {
    guard let first = inDistribution.images.first, !first.norms.isEmpty else { return [] }
    func columns(_ set: ScoredSet) -> (name: String, norms: [[Float]]) {
      (set.name, metadata.blocks.indices.map { block in set.images.map { $0.norms[block] } })
    }
    return NormFigures(
      inDistribution: columns(inDistribution), sets: outOfDistribution.map(columns),
      labels: BlockFigures.labels(metadata.blocks)
    ).figures
  }

  private var pictures: Markup {
    let strips = ([inDistribution] + outOfDistribution).map { strip($0).markup(level: 4) }
    return Page.section(
      "Images", level: 3,
      [
        Page.paragraph(
          "Of each set the images with the highest and the lowest score (\(metadata.score)); a frame marks those that "
            + "are flagged as outliers.")
      ] + strips)
  }

  private func strip(_ set: ScoredSet) -> PictureStrip {
    let reader = PictureReader(preprocessing: metadata.preprocessing)
    let extremes = Extremes(scores: set.images.map(\.score), count: picturesOnASide)
    func pictures(_ indices: [Int]) -> [Picture] {
      let requests = indices.map { index in
        let image = set.images[index]
        return PictureReader.Request(
          position: set.positions[index], score: image.score, pValue: Double(image.pValue),
          isFlagged: image.isOutlier)
      }
      return reader.pictures(of: requests, from: set.source)
    }
    return PictureStrip(
      name: set.name, most: pictures(extremes.most), least: pictures(extremes.least))
  }
}
