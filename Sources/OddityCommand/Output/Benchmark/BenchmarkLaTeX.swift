import Oddity

/// A benchmark's method table for a LaTeX document with the package booktabs.
struct BenchmarkLaTeX {
  private let layout: PaperLayout

  /// - Parameter networks: at least one, all with the same OOD sets.
  init(_ networks: [NetworkResults]) {
    layout = PaperLayout(networks)
  }

  var text: String {
    let groups = layout.groups.map { rows in
      rows.map { line($0.names.map(Self.escaped) + $0.cells.map(cell)) }.joined()
    }
    return """
      % \\usepackage{booktabs}
      \\begin{table}
      \\centering
      \\caption{\(layout.caption(mark: "Bold").map(Self.escaped).joined(separator: " "))}
      \\begin{tabular}{ll\(String(repeating: "r", count: layout.columns.count))}
      \\toprule
      \(line((["network", "method"] + layout.columns).map(Self.escaped)))\\midrule
      \(groups.joined(separator: "\\midrule\n"))\\bottomrule
      \\end{tabular}
      \\end{table}

      """
  }

  private func line(_ cells: [String]) -> String {
    cells.joined(separator: " & ") + " \\\\\n"
  }

  private func cell(_ cell: MethodCell) -> String {
    PaperLayout.numbers(cell).map { $0.isBest ? "\\textbf{\($0.text)}" : $0.text }.joined(separator: "/")
  }

  /// Plain text as LaTeX prints it.
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
