import Foundation
import Oddity

/// The files that a benchmark writes, each whole or not at all.
struct BenchmarkFiles {
  /// `results.json`, and what `--json` prints.
  let json: String
  private let others: [(name: String, content: String)]
  /// What an earlier run may have written and this one does not: it would contradict the rest.
  private let outdated: [String]

  init(_ report: BenchmarkReport, withLaTeX: Bool) throws {
    let results = report.networks.map(\.results)
    json = try JSONValue(encoding: report).indented() + "\n"
    others =
      [("results.md", BenchmarkMarkdown(results).text), ("results.csv", BenchmarkCSV(results).text)]
      + (withLaTeX ? [(Self.laTeX, BenchmarkLaTeX(results).text)] : [])
    outdated = withLaTeX ? [] : [Self.laTeX]
  }

  private static let laTeX = "results.tex"

  /// - Throws: `OddityError.output`.
  func write(to folder: String) throws(OddityError) {
    for (name, content) in others + [("results.json", json)] {
      try AtomicFile.write(Data(content.utf8), to: "\(folder)/\(name)")
    }
    for name in outdated { try OutputFolder.remove("\(folder)/\(name)") }
  }
}
