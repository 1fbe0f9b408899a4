import ArgumentParser
import Foundation
import Oddity

/// The flag for an HTML report.
struct ReportFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Also write a report: one HTML file with charts, tables and thumbnails.",
      valueName: "file.html"))
  var report: String?

  /// - Throws: a usage error if the report would go to standard output, or replace an input or another
  ///   output.
  func check(isNoneOf others: [String]) throws {
    guard let report else { return }
    if report == "-" { throw ValidationError("--report cannot write to standard output: name a file") }
    try SourceCheck.refuse(output: report, among: others)
  }

  /// Opens the file before the work whose result it will hold. nil if no report was requested.
  ///
  /// - Throws: `OddityError.output` if it cannot be written.
  func open() throws(OddityError) -> AtomicFile? {
    guard let report else { return nil }
    return try AtomicFile(path: report)
  }
}

extension AtomicFile {
  /// Writes a text as the content of the file, whole or not at all.
  ///
  /// - Throws: `OddityError.output`.
  func finish(with text: String) throws(OddityError) {
    try write(Data(text.utf8))
    try commit()
  }
}

/// The flags for messages.
struct MessageFlags: ParsableArguments {
  @Flag(help: "Show no progress bar and no notes, only warnings and errors.")
  var quiet = false
}
