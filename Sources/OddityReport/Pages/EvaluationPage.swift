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
  /// Shown above all numbers.
  public var warnings: [Warning] = []

  /// - Parameters:
  ///   - models: how many will be added; they share the room for thumbnails.
  ///   - engine: engine, version and device, for the settings.
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
    let content = DetectorContent(
      evaluation, metadata, picturesOnASide: PictureStrip.countOnASide(strips: strips))
    let settings = Page.section("Settings", level: 3, [Settings(metadata, engine: engine).markup])
    reports += evaluation.reports
    sections.append(Page.section(name, content.sections + [settings]))
  }

  /// One self-contained HTML file.
  public var html: String {
    let summary = EvaluationSummaryText(reports: reports)
    return Page(
      title: summary.title, summary: warnings.map { Page.warning($0.text) } + summary.markup,
      sections: [Page.section("All models and scores", summary.tables)] + sections
    ).html
  }
}

extension DetectorContent {
  fileprivate init(_ evaluation: Evaluation, _ metadata: GuardMetadata, picturesOnASide: Int) {
    let ratios = metadata.blocks.map { (value: $0.normRatio, interval: $0.normRatioCI95) }
    self.init(
      inDistribution: Sample(evaluation.inDistribution, metadata),
      sets: evaluation.outOfDistribution.map { Sample($0, metadata) },
      scores: evaluation.reports.enumerated().map { position, report in
        Score(
          name: report.score, aurocs: report.ood.map(\.metrics.auroc),
          threshold: position == 0
            ? ScoreThreshold(metadata.threshold, groups: metadata.calibrationGroups) : nil)
      },
      blocks: BlockFigures(
        blocks: metadata.blocks, selected: metadata.block,
        kinds: [.init(name: metadata.selectingKind, ratios: ratios)]),
      calibrationSize: metadata.calibrationSize, alpha: Double(metadata.alpha) ?? .nan,
      preprocessing: metadata.preprocessing, picturesOnASide: picturesOnASide)
  }
}

extension DetectorContent.Sample {
  fileprivate init(_ set: ScoredSet, _ metadata: GuardMetadata) {
    let hasNorms = set.images.first.map { !$0.norms.isEmpty } ?? false
    self.init(
      name: set.name,
      scores: metadata.scores.indices.map { score in set.images.map { $0.scores.values[score] } },
      pValues: set.images.map(\.pValue),
      norms: hasNorms ? metadata.blocks.indices.map { block in set.images.map { $0.norms[block] } } : [],
      sources: [set.source],
      images: zip(set.images, set.positions).map { image, position in
        PictureReader.Request(
          source: 0, position: position, score: image.score, pValue: Double(image.pValue),
          isFlagged: image.isOutlier)
      })
  }
}
