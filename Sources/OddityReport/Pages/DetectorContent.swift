import Imaging
import Oddity

/// The common content of pages about a detector on sets of images.
struct DetectorContent {
  /// One set, with a value for each image in every list.
  struct Sample {
    let name: String
    /// The scores, by score and image.
    let scores: [[Float]]
    /// The p-values of the calibrated score.
    let pValues: [Float]
    /// The norms, by block and image; empty if they were not measured.
    let norms: [[Float]]
    var sources: [any ImageSource] = []
    var images: [PictureReader.Request] = []
    /// The maps of the shown images by their positions in the source; empty if the model has no map.
    var maps: [Int: ScoreMap] = [:]
  }

  /// One score, and how well it separates the ID images from each set.
  struct Score {
    let name: String
    let aurocs: [Double?]
    var meanAUROC: Double { aurocs.reduce(0) { $0 + ($1 ?? .nan) } / Double(max(aurocs.count, 1)) }
    /// nil if it is not calibrated.
    let threshold: ScoreThreshold?
  }

  let inDistribution: Sample
  let sets: [Sample]
  /// The scores, the calibrated one first.
  let scores: [Score]
  let blocks: BlockFigures
  let calibrationSize: Int
  let alpha: Double
  let preprocessing: ResolvedPreprocessing
  let picturesOnASide: Int
  /// The legend of what is drawn over the images; nil if there is nothing.
  var mapLegend: String?
  /// The blocks on real OOD sets, if they were compared.
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

  /// How many scores have charts that are not folded.
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
          "The p-value of an image compares it with the calibration images of its predicted class. The band "
            + "of chance is drawn for all classes together; for one class it is somewhat wider."))
    }
    return Page.section("Calibration", level: 3, note + [calibrationCharts])
  }

  private var blockSection: Markup {
    let pseudo = blocks.blocks.map { block in block.normRatioOfMeans.map { 1 / $0 } ?? .nan }
    let norms = NormFigures(
      inDistribution: (inDistribution.name, inDistribution.norms), sets: sets.map { ($0.name, $0.norms) },
      meansOnly: blocks.kinds.prefix(1).map { ("\($0.name), as fitted", pseudo) }, labels: blocks.labels)
    // Without measured norms there are no figures.
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
          "For each set, the images with the highest and the lowest score (\(scores[0].name)). A frame marks "
            + "the images that are flagged as outliers." + (mapLegend.map { " \($0)" } ?? ""))
      ] + strips)
  }
}
