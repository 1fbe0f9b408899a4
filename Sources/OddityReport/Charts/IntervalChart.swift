/// A value with its interval for each of several places in a row, such as NormRatio by block.
struct IntervalChart: Sendable {
  struct Series: Sendable {
    let name: String
    let style: SeriesStyle
    let points: [Item]
  }

  struct Item: Sendable {
    /// Nil where there is no number.
    let value: Double?
    /// Lower and upper bound.
    let interval: [Double]?
    var isChosen = false
  }

  let title: String
  let description: String
  let places: [String]
  let placesTitle: String
  let valuesTitle: String
  /// A value that others are compared with.
  let reference: Double
  let series: [Series]

  var markup: Markup {
    let values = series.flatMap { $0.points.flatMap { [$0.value].compactMap { $0 } + ($0.interval ?? []) } }
    let plot = Plot(
      horizontal: Axis(placesTitle, places: places),
      vertical: Axis(valuesTitle, domain: ClosedRange(covering: values + [reference], margin: 0.06)))
    let drawn = series.indices.map { marks($0, in: plot) }
    return plot.svg(title: title, description: description, marks: [plot.level(reference)] + drawn)
  }

  /// Several series stand side by side within a place.
  private func marks(_ position: Int, in plot: Plot) -> Markup {
    let series = series[position]
    let shift = (Double(position) - Double(self.series.count - 1) / 2) * 0.7 / Double(self.series.count)
    let items = zip(places, series.points).enumerated().map { index, element in
      let (place, item) = element
      let x = Double(index) + shift
      let value = item.value ?? .nan
      let bounds = item.interval.flatMap { $0.count == 2 ? $0 : nil }
      return Markup.group([
        bounds.map { plot.interval(.init(x: x, lower: $0[0], upper: $0[1]), series.style) } ?? .group([]),
        plot.marker(
          .init(x: x, y: value), series.style, isChosen: item.isChosen,
          note: "\(placesTitle) \(place), \(series.name): \(Figures.decimal(value, 3))"
            + (item.isChosen ? ", selected" : "")),
      ])
    }
    return .group(items)
  }
}
