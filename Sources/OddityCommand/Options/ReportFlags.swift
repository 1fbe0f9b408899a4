import ArgumentParser
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
    try OutputPath.check(report, isNoneOf: others)
  }

  /// The file, opened; nil where no report is asked for.
  ///
  /// - Throws: `OddityError.output` where it cannot be written.
  func open() throws(OddityError) -> ReportFile? {
    guard let report else { return nil }
    return try ReportFile(path: report)
  }
}
