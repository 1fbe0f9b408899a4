/// A table of records with a caption and marked headings.
///
/// If it is wider than the page, it scrolls within its own frame.
struct DataTable: Sendable {
  /// A column: its heading, whether its cells are words (aligned left) or numbers, and how to get a cell from
  /// a row.
  struct Column<Row> {
    let title: String
    let isText: Bool
    let cell: (Row) -> any TableCell

    static func text(_ title: String, _ cell: @escaping (Row) -> any TableCell) -> Column {
      Column(title: title, isText: true, cell: cell)
    }

    static func number(_ title: String, _ cell: @escaping (Row) -> any TableCell) -> Column {
      Column(title: title, isText: false, cell: cell)
    }
  }

  private let caption: String
  private let headings: [Markup]
  private let rows: [Markup]
  /// Whether long words are broken instead of letting the table scroll.
  var wraps = false

  /// - Parameters:
  ///   - columns: the first one holds the subject of a row.
  init<Row>(
    _ caption: String, _ rows: some Sequence<Row>, _ columns: [Column<Row>],
    isChosen: (Row) -> Bool = { _ in false }
  ) {
    self.caption = caption
    headings = columns.map { column in
      .element("th", ["scope": "col", "class": column.isText ? "text" : nil], [.name(column.title)])
    }
    self.rows = rows.map { row in
      let cells = columns.enumerated().map { position, column in
        let cell = column.cell(row).markup
        return position == 0
          ? Markup.element("th", ["scope": "row"], [cell])
          : .element("td", ["class": column.isText ? "text" : nil], [cell])
      }
      return .element("tr", ["class": isChosen(row) ? "chosen" : nil], cells)
    }
  }

  var markup: Markup {
    let table = Markup.element(
      "table", ["class": wraps ? "wraps" : nil],
      [
        .element("caption", [:], [.element("span", [:], caption)]),
        .element("thead", [:], [.element("tr", [:], headings)]), .element("tbody", [:], rows),
      ])
    return .element(
      "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": caption], [table])
  }

  /// The table in a folded part of the page, for readers who want the numbers of a chart.
  var folded: Markup { Page.folded("Numbers of this chart", [markup]) }
}

/// The content of a cell: a text, which may be a name from a user, or markup.
protocol TableCell {
  var markup: Markup { get }
}

extension String: TableCell {
  var markup: Markup { .name(self) }
}

extension Markup: TableCell {
  var markup: Markup { self }
}
