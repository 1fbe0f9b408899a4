import ArgumentParser
import Foundation
import Imaging
import Oddity
import OpenVINORuntime

/// `oddity score`: one line for each image.
struct ScoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Scores images: p-value, verdict, and class of each.",
    discussion: """
      Results are in the order of the inputs. An image that cannot be read is reported in its place, and the exit \
      code is then 1.

        oddity score guarded.onnx new-images/ --only-outliers
      """)

  /// How results are printed.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case jsonl, csv, table
  }

  @Argument(help: ArgumentHelp("The guarded model.", valueName: "guarded"))
  var guarded: String

  @Argument(
    help: ArgumentHelp(
      "Folders, images, archives, arrays, @FILE with a path on each line, or - for paths on standard input.",
      valueName: "source"))
  var sources: [String]

  @Option(help: ArgumentHelp("How results are printed.", valueName: "jsonl|csv|table"))
  var format = Format.jsonl

  @Flag(help: "Leave out the images that are no outliers.")
  var onlyOutliers = false

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Write results here, not to standard output.", valueName: "file"))
  var output: String?

  @OptionGroup(title: "Engine") var engine: EngineFlags
  @OptionGroup var messages: MessageFlags

  /// Lines that are handed on together: no more than the images of the smallest batch.
  private static let linesAtOnce = 8

  func validate() throws {
    if let output { try OutputPath.check(output, isNoneOf: [guarded] + sources) }
  }

  func run() async throws {
    let console = Console(quiet: messages.quiet)
    let writer = try ResultWriter(path: output)
    let detector = try Detector(
      contentsOf: URL(filePath: guarded), engine: Engine(), options: engine.runOptions(console))
    let lines = ScoreLines(detector.guarded.metadata, format: format)
    try writer.write(lines.heading)
    var failures = 0
    var waiting = 0
    let stretch = engine.batch ?? Self.linesAtOnce
    for source in try ImageSources.openJoiningImages(sources) {
      try await detector.score(source) { outcome in
        if case .failure(let error) = outcome.result {
          failures += 1
          console.warn("\(error)")
        }
        if !onlyOutliers || outcome.isWorthAttention { try writer.write(lines.line(outcome)) }
        waiting += 1
        if waiting % stretch == 0 { try writer.flush() }
      }
    }
    console.endProgress()
    try writer.finish()
    if failures > 0 { throw Stop(status: .inputFailed, message: nil) }
  }
}

extension Detector.Outcome {
  /// An outlier, or an image that could not be scored.
  fileprivate var isWorthAttention: Bool {
    (try? result.get().isOutlier) ?? true
  }
}
