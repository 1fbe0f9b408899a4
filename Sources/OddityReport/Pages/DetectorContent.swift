import Imaging
import Oddity

/// What pages show of a detector on sets of images, wherever it was measured.
struct DetectorContent {
  /// One set: a value for each image in every list.
  struct Sample {
    let name: String
    /// By score.
    let scores: [[Float]]
    /// Of the calibrated score.
    let pValues: [Float]
    /// By block; empty where they were not measured.
    let norms: [[Float]]
    let sources: [any ImageSource]
    let images: [PictureReader.Request]
  }

  /// One score, and how well it tells the ID images from each set.
  struct Score {
    let name: String
    let aurocs: [Double]
    var meanAUROC: Double { aurocs.reduce(0, +) / Double(max(aurocs.count, 1)) }
    let threshold: ScoreThreshold
  }

  let inDistribution: Sample
  let sets: [Sample]
  /// The calibrated one first.
  let scores: [Score]
  let blocks: [BlockReport]
  let selected: SelectedBlock
  /// The kinds of pseudo-OOD images; the one that selects first.
  let kinds: [BlockFigures.Kind]
  let calibrationSize: Int
  let alpha: Double
  let preprocessing: ResolvedPreprocessing
  let picturesOnASide: Int
  /// Further drawings and tables of the blocks.
  var furtherBlockFigures: [Figure] = []
  var furtherBlockTables: [Markup] = []

  var sections: [Markup] { [scoreSection, calibrationSection, blockSection, pictureSection] }

  private var scoreSection: Markup {
    let drawn = shownScores
    let rest = scores.indices.filter { !drawn.contains($0) }
    let folded = rest.isEmpty ? [] : [Page.folded("Charts of the other \(rest.count) scores", [charts(rest)])]
    return Page.section("Scores", level: 3, [charts(drawn)] + folded)
  }

  /// So many scores' charts are shown at once.
  private static let mostScoresShown = 6

  /// The calibrated score and those with the best mean AUROC, in their order.
  private var shownScores: [Int] {
    let byMean = scores.indices.dropFirst().sorted { scores[$0].meanAUROC > scores[$1].meanAUROC }
    return ([0] + byMean.prefix(Self.mostScoresShown - 1)).sorted()
  }

  private func charts(_ positions: [Int]) -> Markup {
    let figures = positions.flatMap { position in
      let score = scores[position]
      return ScoreFigures(
        score: score.name,
        inDistribution: .init(name: inDistribution.name, scores: inDistribution.scores[position]),
        sets: zip(sets, score.aurocs).map {
          .init(name: $0.name, scores: $0.scores[position], auroc: $1)
        },
        threshold: score.threshold
      ).figures
    }
    return Page.figures(figures)
  }

  private var calibrationSection: Markup {
    let figures = CalibrationFigures(
      inDistribution: .init(name: inDistribution.name, pValues: inDistribution.pValues),
      sets: sets.map { .init(name: $0.name, pValues: $0.pValues) }, calibrationSize: calibrationSize,
      alpha: alpha)
    return Page.section("Calibration", level: 3, calibrationNote + [Page.figures(figures.figures)])
  }

  private var calibrationNote: [Markup] {
    guard case .byClass? = scores.first?.threshold else { return [] }
    return [
      Page.paragraph(
        "P-values are over the calibration images of an image's predicted class. The band of chance is that of all classes "
          + "together; by class it is somewhat wider.")
    ]
  }

  private var blockSection: Markup {
    let figures = BlockFigures(blocks, selected: selected, kinds: kinds)
    return Page.section(
      "Blocks", level: 3,
      [Page.figures([figures.chart] + furtherBlockFigures + norms), figures.table] + furtherBlockTables)
  }

  /// Nothing where no norms were measured.
  private var norms: [Figure] {
    guard !inDistribution.norms.isEmpty else { return [] }
    let pseudo = blocks.map { block in block.normRatioOfMeans.map { 1 / $0 } ?? .nan }
    return NormFigures(
      inDistribution: (inDistribution.name, inDistribution.norms),
      sets: sets.map { ($0.name, $0.norms) },
      meansOnly: kinds.prefix(1).map { ("\($0.name), as fitted", pseudo) },
      labels: BlockFigures.labels(blocks)
    ).figures
  }

  private var pictureSection: Markup {
    let strips = ([inDistribution] + sets).map { set in
      PictureStrip(
        name: set.name, images: set.images, count: picturesOnASide,
        reader: PictureReader(preprocessing: preprocessing, sources: set.sources)
      ).markup(level: 4)
    }
    return Page.section(
      "Images", level: 3,
      [
        Page.paragraph(
          "Of each set the images with the highest and the lowest score (\(scores[0].name)); a frame marks those that "
            + "are flagged as outliers.")
      ] + strips)
  }
}
