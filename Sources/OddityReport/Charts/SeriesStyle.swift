extension Chart.Series {
  /// The legend below a chart.
  var legend: Markup {
    let line = Markup.element(
      "path", ["d": "M1,6H33", "class": "line \(style.colour)", "stroke-dasharray": style.dash])
    let marker = Markup.element(
      "path",
      ["d": style.marker, "class": "marker \(style.colour)", "transform": "translate(17 6) scale(.8)"])
    let swatch = Markup.element(
      "svg", ["viewBox": "0 0 34 12", "class": "swatch", "aria-hidden": "true"],
      hasLine ? [line, marker] : [marker])
    return .element("li", [:], [swatch, .name(name)] + (value.map { [.text(" " + $0)] } ?? []))
  }
}

/// How one set is drawn in every chart: with a colour, a dash pattern and a marker, so that colour is never
/// the only difference.
///
/// Colours are Okabe & Ito's (*Color Universal Design*, 2008), darkened for light pages and lightened for
/// dark ones, to a contrast of at least 3:1. The style sheet contains both under the names `s0` to `s6`.
struct SeriesStyle: Sendable, Equatable {
  let index: Int

  /// The in-distribution images: solid, in the colour of the text.
  static let inDistribution = SeriesStyle(index: 0)

  /// The sets that are compared with them, numbered from 0.
  static func set(_ position: Int) -> SeriesStyle { SeriesStyle(index: position + 1) }

  private static let colourCount = 6
  private static let dashes = ["7 3", "2 2.5", "10 3 2 3", "4 4", "1 3.5"]

  /// The CSS class that sets the colour.
  var colour: String { index == 0 ? "s0" : "s\((index - 1) % Self.colourCount + 1)" }

  /// `stroke-dasharray`; nil for a solid line. Six colours and five dash patterns give thirty different
  /// lines.
  var dash: String? { index == 0 ? nil : Self.dashes[(index - 1) % Self.dashes.count] }

  /// A marker's outline around (0, 0), about eight units wide.
  var marker: String { Self.markers[index % Self.markers.count] }

  private static let markers = [
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "M-3.5-3.5h7v7h-7z",
    "M0-4.6L4.3 3.4H-4.3z",
    "M0-5L5 0L0 5L-5 0z",
    "M0 4.6L4.3-3.4H-4.3z",
    "M-1.4-4.5h2.8v3.1h3.1v2.8H1.4v3.1h-2.8V1.4h-3.1v-2.8h3.1z",
  ]
}
