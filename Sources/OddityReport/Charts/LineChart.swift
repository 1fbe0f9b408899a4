/// Lines over two axes, each with a band around it where it has one.
struct LineChart: Sendable {
  struct Series: Sendable {
    let style: SeriesStyle
    let points: [Plot.Point]
    var band: [Plot.Extent] = []
    /// Few points have markers, so that lines can be told by them.
    var hasMarkers = false
    var name = ""
  }

  let title: String
  let description: String
  let horizontal: Axis
  let vertical: Axis
  let series: [Series]
  /// A horizontal line that values are compared with.
  var reference: Double?
  /// Whether the line of equal values is drawn.
  var hasDiagonal = false
  /// A place on the horizontal axis that has a name.
  var marked: (value: Double, name: String)?
  /// An area that belongs to no line.
  var chance: [Plot.Extent] = []

  var markup: Markup {
    let plot = Plot(horizontal: horizontal, vertical: vertical)
    let behind = [
      plot.band(chance, class: "chance"),
      reference.map(plot.level) ?? .group([]), hasDiagonal ? plot.diagonal() : .group([]),
      marked.map { plot.upright($0.value, name: $0.name) } ?? .group([]),
    ]
    let bands = series.map { plot.band($0.band, class: $0.style.colour) }
    let lines = series.map { plot.line($0.points, $0.style) }
    let markers = series.filter(\.hasMarkers).map { series in
      Markup.group(
        series.points.map { point in
          plot.marker(point, series.style, note: "\(series.name): \(Figures.decimal(point.y, 3))")
        })
    }
    return plot.svg(title: title, description: description, marks: behind + bands + lines + markers)
  }
}
