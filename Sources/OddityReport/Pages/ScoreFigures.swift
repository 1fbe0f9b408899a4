import Oddity

/// One score on ID images and on the sets compared with them: histograms and ROC curves.
struct ScoreFigures {
  struct Sample {
    let name: String
    let scores: [Float]
    /// Of the ID images against this set; nil for the ID images.
    var auroc: Double?
  }

  let score: String
  let inDistribution: Sample
  let sets: [Sample]
  let threshold: ScoreThreshold

  var figures: [Figure] { sets.isEmpty ? [histogram] : [histogram, roc] }

  private var samples: [Sample] { [inDistribution] + sets }
  private var styles: [SeriesStyle] {
    [.inDistribution] + sets.indices.map { SeriesStyle.set($0) }
  }

  private var histogram: Figure {
    let histogram = Histogram(samples.map(\.scores), shown: threshold.value)
    let chart = HistogramChart(
      title: "Scores by \(score)",
      description:
        "Shares of \(samples.map(\.name).joined(separator: ", ")) in \(histogram.edges.count - 1) ranges of "
        + "the score" + (threshold.value.map { "; the threshold is at \(Figures.significant($0))." } ?? "."),
      scoreTitle: "\(score) (higher is more in-distribution)", histogram: histogram, styles: styles,
      threshold: threshold.value)
    return Figure(
      title: "Scores: \(score)",
      caption: "The share of each set by score."
        + threshold.caption
        + (histogram.isCut ? " The outermost bars hold what lies beyond them, too." : ""),
      chart: chart.markup, legend: legend, table: table(of: histogram))
  }

  private var roc: Figure {
    let curves = sets.map { curve($0) }
    let chart = LineChart(
      title: "ROC curves of \(score)",
      description: "Share of in-distribution images kept against share of other images accepted. AUROC: "
        + sets.map { "\($0.name) \(Figures.percent($0.auroc, 2))" }.joined(separator: ", ") + ".",
      horizontal: .share("OOD images accepted"), vertical: .share("ID images kept"),
      series: zip(curves, styles.dropFirst()).map { .init(style: $1, points: $0) },
      reference: 0.95, hasDiagonal: true)
    return Figure(
      title: "ROC: \(score)",
      caption:
        "The further to the upper left, the better; the diagonal is chance. FPR95 is read where a curve "
        + "crosses the line at 95 %.",
      chart: chart.markup,
      legend: Legend(
        entries: zip(sets, styles.dropFirst()).map { set, style in
          .init(name: set.name, style: style, value: "AUROC \(Figures.percent(set.auroc, 2))")
        }), table: table(of: curves))
  }

  /// Nothing where a score is not a number.
  private func curve(_ set: Sample) -> [Plot.Point] {
    let curve = try? ROCCurve(inDistribution: inDistribution.scores, outOfDistribution: set.scores)
    return curve?.thinned(steps: 100).points.map {
      Plot.Point(x: $0.falsePositiveRate, y: $0.truePositiveRate)
    } ?? []
  }

  private var legend: Legend {
    Legend(
      entries: zip(samples, styles).map { sample, style in
        .init(name: sample.name, style: style, value: "(\(Figures.count(sample.scores.count)))")
      })
  }

  private func table(of histogram: Histogram) -> DataTable {
    var table = DataTable(
      caption: "Share of each set by \(score)", columns: [.text("scores")] + samples.map { .number($0.name) })
    for bin in 0..<histogram.edges.count - 1 {
      let edges = [histogram.edges[bin], histogram.edges[bin + 1]].map(Figures.significant)
      table.append(
        edges.joined(separator: " to "), histogram.shares.map { Figures.percent($0[bin], 2) })
    }
    return table
  }

  private func table(of curves: [[Plot.Point]]) -> DataTable {
    var table = DataTable(
      caption: "ID images kept, where so many OOD images are accepted",
      columns: [.text("OOD accepted")] + sets.map { .number($0.name) })
    for percent in [1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90] {
      let rate = Double(percent) / 100
      table.append(
        "\(percent) %",
        curves.map { points in Figures.percent(points.last { $0.x <= rate }?.y) })
    }
    return table
  }
}
