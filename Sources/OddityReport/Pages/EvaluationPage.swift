import Imaging
import Oddity

/// The report of an evaluation: how well guarded models separate ID images from sets of OOD images.
///
/// Models are added one after another, so that only their drawings are kept and not the scores of their
/// images.
public struct EvaluationPage: Sendable {
  private let modelCount: Int
  private let engine: String?
  private var reports: [DetectorReport] = []
  private var sections: [Markup] = []
  /// The warnings above all numbers.
  public var warnings: [Warning] = []

  /// - Parameters:
  ///   - models: how many models will be added. They share the room for thumbnails.
  ///   - engine: engine, version and device, for the settings.
  public init(models: Int, engine: String? = nil) {
    (modelCount, self.engine) = (models, engine)
  }

  /// Adds a model. Shown images are read again, and one that cannot be read is left blank.
  ///
  /// If the model has a map, it is drawn over the images, which are scored again for it.
  ///
  /// - Parameters:
  ///   - evaluation: made by a detector that measured norms. Otherwise there is no figure of norms.
  ///   - name: the name of the model in the report.
  ///   - detector: the detector of the evaluation.
  /// - Throws: the engine's errors.
  public mutating func append(
    _ evaluation: Evaluation, of name: String, _ detector: Detector
  ) async throws {
    let metadata = detector.guarded.metadata
    let strips = modelCount * (1 + evaluation.outOfDistribution.count)
    let count = PictureStrip.countOnASide(strips: strips)
    var maps: [[Int: ScoreMap]] = []
    for set in [evaluation.inDistribution] + evaluation.outOfDistribution {
      let extremes = Extremes(scores: set.images.map(\.score), count: count)
      let shown = (extremes.most + extremes.least).map { set.positions[$0] }
      maps.append(try await detector.maps(of: set.source, at: shown))
    }
    let content = DetectorContent(evaluation, metadata, picturesOnASide: count, maps: maps)
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
  /// - Parameter maps: the maps of each set, the ID images first.
  fileprivate init(
    _ evaluation: Evaluation, _ metadata: GuardMetadata, picturesOnASide: Int, maps: [[Int: ScoreMap]]
  ) {
    let ratios = metadata.blocks.map { (value: $0.normRatio, interval: $0.normRatioCI95) }
    self.init(
      inDistribution: Sample(evaluation.inDistribution, metadata, maps[0]),
      sets: zip(evaluation.outOfDistribution, maps.dropFirst()).map { Sample($0, metadata, $1) },
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
      preprocessing: metadata.preprocessing, picturesOnASide: picturesOnASide,
      mapLegend: metadata.map?.legend)
  }
}

extension DetectorContent.Sample {
  fileprivate init(_ set: ScoredSet, _ metadata: GuardMetadata, _ maps: [Int: ScoreMap]) {
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
      }, maps: maps)
  }
}
