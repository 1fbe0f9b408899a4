/// A table of numbers, with a caption and headings that say what they are headings of.
///
/// It scrolls within its own frame where it is wider than the page.
struct DataTable: Sendable {
  /// A column's heading, and whether its cells are words, which stand on the left, or numbers.
  struct Column: Sendable {
    let title: String
    let isText: Bool

    static func text(_ title: String) -> Column { Column(title: title, isText: true) }
    static func number(_ title: String) -> Column { Column(title: title, isText: false) }
  }

  let caption: String
  let columns: [Column]
  /// Whether long words are broken, rather than the table made to scroll.
  var wraps = false
  /// The first cell of each row is its heading.
  private var rows: [(cells: [Markup], isChosen: Bool)] = []

  init(caption: String, columns: [Column]) {
    (self.caption, self.columns) = (caption, columns)
  }

  /// - Parameters:
  ///   - heading: what the row is about: a name that a user gave may stand there.
  ///   - cells: the others, as many as there are columns after the first.
  mutating func append(_ heading: String, _ cells: [String], isChosen: Bool = false) {
    append(heading, cells.map { Markup.name($0) }, isChosen: isChosen)
  }

  mutating func append(_ heading: String, _ cells: [Markup], isChosen: Bool = false) {
    precondition(cells.count == columns.count - 1, "one cell for each column")
    rows.append(([.name(heading)] + cells, isChosen))
  }

  var markup: Markup {
    let headings = columns.map { column in
      Markup.element("th", ["scope": "col", "class": column.isText ? "text" : nil], [.name(column.title)])
    }
    let table = Markup.element(
      "table", ["class": wraps ? "wraps" : nil],
      [
        .element("caption", [:], [.element("span", [:], caption)]),
        .element("thead", [:], [.element("tr", [:], headings)]),
        .element("tbody", [:], rows.map(row)),
      ])
    return .element(
      "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": caption], [table])
  }

  /// The table behind a line that opens it: an alternative to a chart for those who want the numbers.
  var folded: Markup {
    Page.folded("Numbers of this chart", [markup])
  }

  private func row(_ row: (cells: [Markup], isChosen: Bool)) -> Markup {
    let cells = row.cells.enumerated().map { position, cell in
      position == 0
        ? Markup.element("th", ["scope": "row"], [cell])
        : .element("td", ["class": columns[position].isText ? "text" : nil], [cell])
    }
    return .element("tr", ["class": row.isChosen ? "chosen" : nil], cells)
  }
}
