/// A table of plain text, for terminals and for Markdown.
struct Table {
  enum Alignment { case left, right }

  /// A column's heading, and the side its cells stand on: text left, numbers right.
  struct Column {
    let title: String
    let alignment: Alignment

    static func left(_ title: String) -> Column { Column(title: title, alignment: .left) }
    static func right(_ title: String) -> Column { Column(title: title, alignment: .right) }
  }

  let columns: [Column]
  private var rows: [[String]] = []

  init(_ columns: [Column]) {
    self.columns = columns
  }

  /// Adds a row of as many cells as there are columns.
  mutating func append(_ cells: [String]) {
    precondition(cells.count == columns.count, "one cell for each column")
    rows.append(cells)
  }

  /// Heading, rule, and rows, each line ended by a newline; columns line up, widths counted in characters.
  var text: String {
    let widths = columns.indices.map { column in
      rows.reduce(columns[column].title.count) { max($0, $1[column].count) }
    }
    let rule = widths.map { String(repeating: "-", count: $0) }
    return ([columns.map(\.title), rule] + rows).map { line($0, widths: widths) + "\n" }.joined()
  }

  private func line(_ cells: [String], widths: [Int]) -> String {
    let padded = cells.indices.map { column in
      let padding = String(repeating: " ", count: widths[column] - cells[column].count)
      return columns[column].alignment == .left ? cells[column] + padding : padding + cells[column]
    }
    let line = padded.joined(separator: "  ")
    return String(line.reversed().drop { $0 == " " }.reversed())
  }

  /// The same as GitHub's Markdown has it, of cells that are Markdown.
  var markdown: String {
    let rule = columns.map { $0.alignment == .left ? ":---" : "---:" }
    return ([columns.map { Markdown.escaped($0.title) }, rule] + rows)
      .map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
  }
}

enum Markdown {
  /// Plain text as Markdown in a table's cell: nothing in it is markup, and it stays on one line.
  static func escaped(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
      if markup.contains(scalar) { result += "\\" }
      result.unicodeScalars.append(lineBreaks.contains(scalar) ? " " : scalar)
    }
  }

  private static let markup = Set("\\`*_[]<>|~&$".unicodeScalars)
  private static let lineBreaks = Set("\n\r\u{85}\u{2028}\u{2029}".unicodeScalars)
}

/// Comma-separated values with the quoting of RFC 4180, and lines ended by a single newline.
enum CSV {
  /// One record. A field with a comma, a quote or a line break is quoted, and quotes in it are doubled.
  static func line(_ fields: [String]) -> String {
    fields.map(field).joined(separator: ",") + "\n"
  }

  private static func field(_ text: String) -> String {
    // Scalars, since "\r\n" is one character.
    guard text.unicodeScalars.contains(where: special.contains) else { return text }
    return "\"" + text.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
  }

  private static let special: Set<Unicode.Scalar> = [",", "\"", "\n", "\r"]
}
