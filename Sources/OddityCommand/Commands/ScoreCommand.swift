import ArgumentParser

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

  func validate() throws {
    if let output { try OutputPath.check(output, isNoneOf: [guarded] + sources) }
  }
}
