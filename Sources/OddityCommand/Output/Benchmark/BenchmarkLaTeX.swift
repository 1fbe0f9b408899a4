import Oddity

extension PaperLayout {
  /// The tables for a LaTeX document that uses the package booktabs: all networks, and the full spectrum if
  /// there is one.
  var laTeX: String {
    "% \\usepackage{booktabs}\n" + laTeXTable + (fullSpectrum.map { "\n" + $0.laTeXTable } ?? "")
  }

  private var laTeXTable: String {
    let groups = groups.map { rows in
      rows.map { line($0.names.map(LaTeX.escaped) + $0.cells.map(cell)) }.joined()
    }
    return """
      \\begin{table}
      \\centering
      \\caption{\(caption(mark: "Bold").map(LaTeX.escaped).joined(separator: " "))}
      \\begin{tabular}{ll\(String(repeating: "r", count: columns.count))}
      \\toprule
      \(line((["network", "method"] + columns).map(LaTeX.escaped)))\\midrule
      \(groups.joined(separator: "\\midrule\n"))\\bottomrule
      \\end{tabular}
      \\end{table}

      """
  }

  private func line(_ cells: [String]) -> String {
    cells.joined(separator: " & ") + " \\\\\n"
  }

  private func cell(_ cell: MethodCell) -> String {
    Self.numbers(cell).map { $0.isBest ? "\\textbf{\($0.text)}" : $0.text }.joined(separator: "/")
  }
}

enum LaTeX {
  /// Plain text, escaped for LaTeX.
  static func escaped(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
      if let command = commands[scalar] { result += command } else { result.unicodeScalars.append(scalar) }
    }
  }

  private static let commands: [Unicode.Scalar: String] = [
    "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "#": "\\#", "$": "\\$", "%": "\\%", "&": "\\&",
    "_": "\\_", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "<": "\\textless{}",
    ">": "\\textgreater{}", "|": "\\textbar{}", "\n": " ", "\r": " ",
  ]
}
