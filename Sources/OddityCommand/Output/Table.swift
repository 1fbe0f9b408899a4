import Imaging

/// A table of plain text, for terminals and for Markdown.
struct Table {
  /// A column: its heading, whether its cells are words (aligned left) or numbers, and how to get a cell from
  /// a row.
  struct Column<Row> {
    let title: String
    let isText: Bool
    let cell: (Row) -> String

    static func text(_ title: String, _ cell: @escaping (Row) -> String) -> Column {
      Column(title: title, isText: true, cell: cell)
    }

    static func number(_ title: String, _ cell: @escaping (Row) -> String) -> Column {
      Column(title: title, isText: false, cell: cell)
    }
  }

  private let titles: [String]
  private let areTexts: [Bool]
  private let rows: [[String]]

  /// - Parameter mark: how to write the cells of a row.
  init<Row>(
    _ rows: some Sequence<Row>, _ columns: [Column<Row>], mark: (Row, [String]) -> [String] = { $1 }
  ) {
    (titles, areTexts) = (columns.map(\.title), columns.map(\.isText))
    self.rows = rows.map { row in mark(row, columns.map { FileName.shownOnOneLine($0.cell(row)) }) }
    precondition(self.rows.allSatisfy { $0.count == columns.count }, "one cell for each column")
  }

  /// Heading, rule and rows, each ending with a newline. Columns are aligned, with widths counted in
  /// characters.
  var text: String {
    let widths = titles.indices.map { column in
      rows.reduce(titles[column].count) { max($0, $1[column].count) }
    }
    let rule = widths.map { String(repeating: "-", count: $0) }
    return ([titles, rule] + rows).map { line($0, widths: widths) + "\n" }.joined()
  }

  private func line(_ cells: [String], widths: [Int]) -> String {
    let padded = cells.indices.map { column in
      let padding = String(repeating: " ", count: widths[column] - cells[column].count)
      return areTexts[column] ? cells[column] + padding : padding + cells[column]
    }
    let line = padded.joined(separator: "  ")
    return String(line.reversed().drop { $0 == " " }.reversed())
  }

  /// The table in GitHub's Markdown. The cells must be Markdown already.
  var markdown: String {
    ([titles.map(Markdown.escaped), areTexts.map { $0 ? ":---" : "---:" }] + rows)
      .map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
  }
}

enum Markdown {
  /// Escapes plain text for a cell of a Markdown table, so that it contains no markup and stays on one line.
  static func escaped(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
      if markup.contains(scalar) { result += "\\" }
      result.unicodeScalars.append(lineBreaks.contains(scalar) ? " " : scalar)
    }
  }

  private static let markup = Set("\\`*_[]<>|~&$".unicodeScalars)
  private static let lineBreaks = Set("\n\r\u{85}\u{2028}\u{2029}".unicodeScalars)
}

/// Comma-separated values, quoted as in RFC 4180. Each line ends with a single newline.
enum CSV {
  /// One record. A field with a comma, a quote or a line break is quoted, and quotes in it are doubled.
  static func line(_ fields: [String]) -> String {
    fields.map(field).joined(separator: ",") + "\n"
  }

  private static func field(_ text: String) -> String {
    // Compares scalars, because "\r\n" is one character.
    guard text.unicodeScalars.contains(where: special.contains) else { return text }
    return "\"" + text.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
  }

  private static let special: Set<Unicode.Scalar> = [",", "\"", "\n", "\r"]
}
