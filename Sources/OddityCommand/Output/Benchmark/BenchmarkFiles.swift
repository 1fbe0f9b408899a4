import Foundation
import Oddity

/// The files that a benchmark writes, each whole or not at all.
struct BenchmarkFiles {
  /// `results.json`, and what `--json` prints.
  let json: String
  /// Of the tables, which the other files and the terminal show.
  let layout: PaperLayout

  init(_ report: BenchmarkReport) throws {
    json = try JSONValue(encoding: report).indented() + "\n"
    layout = PaperLayout(report.networks.map(\.results))
  }

  /// - Throws: `OddityError.output`.
  func write(to folder: String, withLaTeX: Bool) throws(OddityError) {
    var files = [("results.md", layout.markdown), ("results.csv", layout.csv)]
    if withLaTeX { files.append(("results.tex", layout.laTeX)) }
    for (name, content) in files + [("results.json", json)] {
      try AtomicFile.write(Data(content.utf8), to: "\(folder)/\(name)")
    }
    // What an earlier run may have written and this one does not would contradict the rest.
    if !withLaTeX { try OutputFolder.remove("\(folder)/results.tex") }
  }
}
