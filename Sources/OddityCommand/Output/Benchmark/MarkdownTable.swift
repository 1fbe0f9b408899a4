/// A table as GitHub's Markdown has it.
struct MarkdownTable {
  let columns: [TextTable.Column]
  private var rows: [[String]] = []

  init(_ columns: [TextTable.Column]) {
    self.columns = columns
  }

  /// Adds a row of as many cells as there are columns; the cells are Markdown.
  mutating func append(_ cells: [String]) {
    precondition(cells.count == columns.count, "one cell for each column")
    rows.append(cells)
  }

  var text: String {
    let rule = columns.map { $0.alignment == .left ? ":---" : "---:" }
    return ([columns.map { Self.escaped($0.title) }, rule] + rows)
      .map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
  }

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
