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
    var sources: [any ImageSource] = []
    var images: [PictureReader.Request] = []
    /// Of the images that are shown, by their positions in the source; none where the model has no map.
    var maps: [Int: ScoreMap] = [:]
  }

  /// One score, and how well it tells the ID images from each set.
  struct Score {
    let name: String
    let aurocs: [Double?]
    var meanAUROC: Double { aurocs.reduce(0) { $0 + ($1 ?? .nan) } / Double(max(aurocs.count, 1)) }
    /// Nil where it is not calibrated.
    let threshold: ScoreThreshold?
  }

  let inDistribution: Sample
  let sets: [Sample]
  /// The calibrated one first.
  let scores: [Score]
  let blocks: BlockFigures
  let calibrationSize: Int
  let alpha: Double
  let preprocessing: ResolvedPreprocessing
  let picturesOnASide: Int
  /// What is drawn over the images; nil where nothing is.
  var mapLegend: String?
  /// The blocks on real OOD sets, where they were compared.
  var comparison: BlockComparisonFigures?

  private var samples: [Sample] { [inDistribution] + sets }

  var sections: [Markup] { [scoreSection, calibrationSection, blockSection, pictureSection] }

  private var scoreSection: Markup {
    let drawn = shownScores
    let rest = scores.indices.filter { !drawn.contains($0) }
    let folded =
      rest.isEmpty ? [] : [Page.folded("Charts of the other \(rest.count) scores", [scoreCharts(rest)])]
    return Page.section("Scores", level: 3, [scoreCharts(drawn)] + folded)
  }

  /// So many scores' charts are shown at once.
  private static let mostScoresShown = 6

  /// The calibrated score and those with the best mean AUROC, in their order.
  private var shownScores: [Int] {
    let byMean = scores.indices.dropFirst().sorted { scores[$0].meanAUROC > scores[$1].meanAUROC }
    return ([0] + byMean.prefix(Self.mostScoresShown - 1)).sorted()
  }

  /// Charts of the scores at some positions.
  func scoreCharts(_ positions: some Sequence<Int>) -> Markup {
    Page.figures(
      positions.flatMap { position in
        let score = scores[position]
        return ScoreFigures(
          score: score.name,
          samples: zip(samples, [nil] + score.aurocs).map { ($0.name, $0.scores[position], $1) },
          threshold: score.threshold
        ).figures
      })
  }

  var calibrationCharts: Markup {
    Page.figures(
      CalibrationFigures(
        samples.map { ($0.name, $0.pValues) }, calibrationSize: calibrationSize, alpha: alpha
      ).figures)
  }

  private var calibrationSection: Markup {
    var note: [Markup] = []
    if case .byClass = scores[0].threshold {
      note.append(
        Page.paragraph(
          "P-values are over the calibration images of an image's predicted class. The band of chance is that of all "
            + "classes together; by class it is somewhat wider."))
    }
    return Page.section("Calibration", level: 3, note + [calibrationCharts])
  }

  private var blockSection: Markup {
    let pseudo = blocks.blocks.map { block in block.normRatioOfMeans.map { 1 / $0 } ?? .nan }
    let norms = NormFigures(
      inDistribution: (inDistribution.name, inDistribution.norms), sets: sets.map { ($0.name, $0.norms) },
      meansOnly: blocks.kinds.prefix(1).map { ("\($0.name), as fitted", pseudo) }, labels: blocks.labels)
    // There are no figures where no norms were measured.
    let figures =
      [blocks.chart] + [comparison?.chart].compactMap { $0 }
      + (inDistribution.norms.isEmpty ? [] : norms.figures)
    return Page.section(
      "Blocks", level: 3,
      [Page.figures(figures), blocks.table] + [comparison?.predictions].compactMap { $0 })
  }

  private var pictureSection: Markup {
    let strips = samples.map { set in
      PictureStrip.markup(
        set.name, set.images, count: picturesOnASide,
        reader: PictureReader(preprocessing: preprocessing, sources: set.sources, maps: [0: set.maps]),
        level: 4)
    }
    return Page.section(
      "Images", level: 3,
      [
        Page.paragraph(
          "Of each set the images with the highest and the lowest score (\(scores[0].name)); a frame marks those that "
            + "are flagged as outliers." + (mapLegend.map { " \($0)" } ?? ""))
      ] + strips)
  }
}
