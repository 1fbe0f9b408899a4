/// A chart with what it shows in words, its legend, and its numbers as a table.
struct Figure: Sendable {
  /// A heading of a few words.
  let title: String
  /// How it is read.
  let caption: String
  let chart: Markup
  var legend: Legend?
  var table: DataTable?

  var markup: Markup {
    .element(
      "figure", [:],
      [
        .element(
          "figcaption", [:],
          [.element("strong", [:], [.name(title)]), .text(" "), .text(caption)]),
        chart,
      ] + [legend?.markup, table?.folded].compactMap { $0 })
  }
}
