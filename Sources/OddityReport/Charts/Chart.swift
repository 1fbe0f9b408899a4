/// Lines, areas, intervals and markers between two axes.
struct Chart: Sendable {
  struct Series: Sendable {
    var name = ""
    let style: SeriesStyle
    var points: [Plot.Point]
    var band: [Plot.Extent] = []
    var intervals: [Plot.Extent] = []
    /// Whether a line connects the points; otherwise they are single markers.
    var hasLine = true
    /// Whether points have markers, which help to distinguish lines with few points.
    var hasMarkers = false
    /// The index of the point with a ring.
    var chosen: Int?
    /// The names of the markers' positions.
    var places: [String] = []
    /// A value that summarises the line, such as an AUROC.
    var value: String?
  }

  let title: String
  let description: String
  let horizontal: Axis
  let vertical: Axis
  let series: [Series]
  /// The level of a horizontal reference line.
  var reference: Double?
  /// Whether the diagonal of equal values is drawn.
  var hasDiagonal = false
  /// A marked value on the horizontal axis, with its name.
  var marked: (value: Double, name: String)?
  /// An area that does not belong to a line.
  var chance: [Plot.Extent] = []

  var legend: Markup { .element("ul", ["class": "legend"], series.map(\.legend)) }

  var markup: Markup {
    let plot = Plot(horizontal: horizontal, vertical: vertical)
    let behind = [
      plot.band(chance, class: "chance"),
      reference.map(plot.level) ?? .group([]), hasDiagonal ? plot.diagonal() : .group([]),
      marked.map { plot.upright($0.value, name: $0.name) } ?? .group([]),
    ]
    let bands = series.map { plot.band($0.band, class: $0.style.colour) }
    let lines = series.filter(\.hasLine).map { plot.line($0.points, $0.style) }
    let intervals = series.flatMap { series in series.intervals.map { plot.interval($0, series.style) } }
    let markers = series.filter(\.hasMarkers).map { self.markers(of: $0, in: plot) }
    return plot.svg(
      title: title, description: description, marks: behind + bands + lines + intervals + markers)
  }

  private func markers(of series: Series, in plot: Plot) -> Markup {
    .group(
      series.points.enumerated().map { position, point in
        let place = series.places.isEmpty ? "" : series.places[position] + ", "
        let isChosen = position == series.chosen
        return plot.marker(
          point, series.style, isChosen: isChosen,
          note: "\(place)\(series.name): \(Figures.decimal(point.y, 3))" + (isChosen ? ", selected" : ""))
      })
  }
}

/// A chart with a description, its legend, and its numbers as a table.
struct Figure: Sendable {
  /// A heading with a few words.
  let title: String
  /// How to read the chart.
  let caption: String
  let chart: Chart
  var table: DataTable?
  var hasLegend = true

  var markup: Markup {
    .element(
      "figure", [:],
      [
        .element(
          "figcaption", [:],
          [.element("strong", [:], [.name(title)]), .text(" "), .text(caption)]),
        chart.markup,
      ] + (hasLegend ? [chart.legend] : []) + (table.map { [$0.folded] } ?? []))
  }
}

extension Page {
  /// Places charts next to each other if there is room.
  static func figures(_ figures: [Figure]) -> Markup {
    .element("div", ["class": "figures"], figures.map(\.markup))
  }
}
