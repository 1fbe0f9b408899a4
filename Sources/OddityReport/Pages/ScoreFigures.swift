import Oddity

/// One score on ID images and on the sets compared with them: histograms and ROC curves.
struct ScoreFigures {
  /// A set with its images' scores, and the AUROC of the ID images against it; nil for the ID images
  /// themselves.
  typealias Sample = (name: String, scores: [Float], auroc: Double?)

  let score: String
  /// The ID images first.
  let samples: [Sample]
  /// nil if the score is not calibrated.
  let threshold: ScoreThreshold?

  var figures: [Figure] { sets.isEmpty ? [histogram] : [histogram, roc] }

  private var sets: [Sample] { Array(samples.dropFirst()) }

  var histogram: Figure {
    let histogram = Histogram(samples.map(\.scores), shown: threshold?.value)
    let chart = histogram.chart(
      "Scores by \(score)",
      "Shares of \(samples.map(\.name).joined(separator: ", ")) in \(histogram.edges.count - 1) ranges of "
        + "the score" + (threshold?.value.map { "; the threshold is at \(Figures.significant($0))." } ?? "."),
      of: "\(score) (higher is more in-distribution)",
      legend: samples.map { ($0.name, "(\(Figures.count($0.scores.count)))") }, threshold: threshold?.value)
    return Figure(
      title: "Scores: \(score)",
      caption: "The share of each set by score."
        + (threshold?.caption ?? "")
        + (histogram.isCut ? " The first and last bars also contain all images beyond them." : ""),
      chart: chart, table: table(of: histogram))
  }

  private var roc: Figure {
    let curves = sets.map(curve)
    let chart = Chart(
      title: "ROC curves of \(score)",
      description: "Share of in-distribution images kept against share of other images accepted. AUROC: "
        + sets.map { "\($0.name) \(Figures.percent($0.auroc, 2))" }.joined(separator: ", ") + ".",
      horizontal: .share("OOD images accepted"), vertical: .share("ID images kept"),
      series: sets.enumerated().map { position, set in
        .init(
          name: set.name, style: .set(position), points: curves[position],
          value: "AUROC \(Figures.percent(set.auroc, 2))")
      }, reference: 0.95, hasDiagonal: true)
    return Figure(
      title: "ROC: \(score)",
      caption:
        "A curve further to the upper left is better; the diagonal is chance. FPR95 is where a curve crosses "
        + "the line at 95 %.",
      chart: chart, table: table(of: curves))
  }

  /// Empty if a score is not a number.
  private func curve(_ set: Sample) -> [Plot.Point] {
    let curve = try? ROCCurve(inDistribution: samples[0].scores, outOfDistribution: set.scores)
    return curve?.thinned(steps: 100).points.map {
      Plot.Point(x: $0.falsePositiveRate, y: $0.truePositiveRate)
    } ?? []
  }

  private func table(of histogram: Histogram) -> DataTable {
    let columns: [DataTable.Column<Int>] = zip(samples, histogram.shares).map { sample, shares in
      .number(sample.name) { Figures.percent(shares[$0], 2) }
    }
    return DataTable(
      "Share of each set by \(score)", 0..<histogram.edges.count - 1,
      [
        .text("scores") { bin in
          histogram.edges[bin...bin + 1].map(Figures.significant).joined(separator: " to ")
        }
      ] + columns)
  }

  private func table(of curves: [[Plot.Point]]) -> DataTable {
    let columns: [DataTable.Column<Int>] = zip(sets, curves).map { set, points in
      .number(set.name) { percent in Figures.percent(points.last { $0.x <= Double(percent) / 100 }?.y) }
    }
    return DataTable(
      "Share of ID images kept, by share of OOD images accepted",
      [1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90], [.text("OOD accepted") { "\($0) %" }] + columns)
  }
}

/// The threshold below which images are flagged.
enum ScoreThreshold {
  /// One threshold for all images.
  case pooled(Double)
  /// The threshold of an image is that of its predicted class.
  case byClass

  /// - Parameters:
  ///   - groups: the groups of classes, if there are any. A single group means all images.
  init(_ threshold: Double, groups: [CalibrationGroup]?) {
    self = (groups?.count ?? 0) > 1 ? .byClass : .pooled(threshold)
  }

  /// The threshold, if there is a single one.
  var value: Double? {
    if case .pooled(let value) = self { value } else { nil }
  }

  /// The text for a table.
  var text: String {
    switch self {
    case .pooled(let value): Figures.significant(value)
    case .byClass: "by predicted class"
    }
  }

  /// The remark for the caption of a figure of scores.
  var caption: String {
    switch self {
    case .pooled: " Images left of the threshold are flagged as outliers."
    case .byClass:
      " Each predicted class has its own threshold, so no single line separates outliers from the rest."
    }
  }
}
