import ArgumentParser
import Foundation
import Oddity

/// A report to look at.
struct ReportFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Also write a report to look at: one HTML file with charts, tables and thumbnails.",
      valueName: "file.html"))
  var report: String?

  /// - Throws: a usage error where the report would go to standard output, or replace an input or other output.
  func check(isNoneOf others: [String]) throws {
    guard let report else { return }
    if report == "-" { throw ValidationError("--report -: the report goes to a file, so name one") }
    try SourceCheck.refuse(output: report, among: others)
  }

  /// The file, opened before the work whose result goes there; nil where no report is asked for.
  ///
  /// - Throws: `OddityError.output` where it cannot be written.
  func open() throws(OddityError) -> AtomicFile? {
    guard let report else { return nil }
    return try AtomicFile(path: report)
  }
}

extension AtomicFile {
  /// Makes a text the file's content, whole or not at all.
  ///
  /// - Throws: `OddityError.output`.
  func finish(with text: String) throws(OddityError) {
    try write(Data(text.utf8))
    try commit()
  }
}

/// What is said beside the results.
struct MessageFlags: ParsableArguments {
  @Flag(help: "No progress bar; warnings and errors stay.")
  var quiet = false
}
