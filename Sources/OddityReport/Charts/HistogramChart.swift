/// Shares of several sets by score, with the threshold between outliers and the rest.
struct HistogramChart: Sendable {
  let title: String
  let description: String
  let scoreTitle: String
  let histogram: Histogram
  /// One for each sample of the histogram.
  let styles: [SeriesStyle]
  var threshold: Double?
  /// A level that shares are compared with.
  var reference: Double?

  var markup: Markup {
    let edges = histogram.edges
    let highest = max(histogram.shares.joined().max() ?? 0, reference ?? 0)
    let plot = Plot(
      horizontal: Axis(scoreTitle, domain: edges[0]...edges[edges.count - 1]),
      vertical: Axis("share of the set", domain: 0...(highest > 0 ? highest * 1.05 : 1)))
    let areas = zip(histogram.shares, styles).map { plot.band(steps($0), class: $1.colour) }
    let lines = zip(histogram.shares, styles).map { plot.line(outline($0), $1) }
    let level = reference.map(plot.level) ?? .group([])
    let rule = threshold.map { plot.upright($0, name: "threshold") } ?? .group([])
    return plot.svg(title: title, description: description, marks: [level] + areas + lines + [rule])
  }

  private func outline(_ shares: [Double]) -> [Plot.Point] {
    steps(shares).map { Plot.Point(x: $0.x, y: $0.upper) }
  }

  /// Both corners of every bin's top.
  private func steps(_ shares: [Double]) -> [Plot.Extent] {
    shares.enumerated().flatMap { bin, share in
      [histogram.edges[bin], histogram.edges[bin + 1]].map { Plot.Extent(x: $0, lower: 0, upper: share) }
    }
  }
}
