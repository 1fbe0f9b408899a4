/// Which line is which set, below a chart.
struct Legend: Sendable {
  struct Entry: Sendable {
    let name: String
    let style: SeriesStyle
    /// What the chart is read for, such as an AUROC.
    var value: String?
    /// Whether the chart draws it as a line, and not as single markers.
    var hasLine = true
  }

  let entries: [Entry]

  var markup: Markup {
    .element("ul", ["class": "legend"], entries.map(item))
  }

  private func item(_ entry: Entry) -> Markup {
    let value = entry.value.map { [Markup.text(" " + $0)] } ?? []
    return .element("li", [:], [swatch(entry), .name(entry.name)] + value)
  }

  private func swatch(_ entry: Entry) -> Markup {
    let style = entry.style
    let line = Markup.element(
      "path", ["d": "M1,6H33", "class": "line \(style.colour)", "stroke-dasharray": style.dash])
    let marker = Markup.element(
      "path",
      ["d": style.marker, "class": "marker \(style.colour)", "transform": "translate(17 6) scale(.8)"])
    return .element(
      "svg", ["viewBox": "0 0 34 12", "class": "swatch", "aria-hidden": "true"],
      entry.hasLine ? [line, marker] : [marker])
  }
}
