import ArgumentParser
import Foundation
import Oddity
import Engines

/// `oddity merge`: makes a guarded model from the parts of a fit.
struct MergeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Finishes a fit that several machines did parts of.",
    discussion: """
      The parts are what 'oddity fit --partial' wrote, in any order. The guarded model is the one that a single \
      machine had fitted from all images; how it is fitted (scores, seed, false-alarm rate) was said there.

        oddity fit model.onnx --id train/ --shard 1/2 --partial 1.state    # on one machine
        oddity fit model.onnx --id train/ --shard 2/2 --partial 2.state    # on another
        oddity merge --model model.onnx 1.state 2.state -o guarded.onnx
      """)

  @Option(help: ArgumentHelp("The classifier that the parts were made of, an ONNX file.", valueName: "model"))
  var model: String

  @Argument(help: ArgumentHelp("Parts of a fit, each once.", valueName: "part"))
  var parts: [String]

  @Option(name: .shortAndLong, help: ArgumentHelp("Where the guarded model goes.", valueName: "file"))
  var output: String

  @OptionGroup var raw: RawInputFlag

  @Flag(help: "Print JSON in place of a table.")
  var json = false

  @OptionGroup(title: "Engine") var threading: ThreadFlags
  @OptionGroup(title: "Engine") var device: DeviceFlags
  @OptionGroup var messages: MessageFlags

  func validate() throws {
    if output == "-" { throw ValidationError("--output -: the guarded model goes to a file, so name one") }
    try SourceCheck.refuse(output: output, among: [model] + parts)
  }

  func run() async throws {
    let console = Console(quiet: messages.quiet)
    let file = try AtomicFile(path: output)
    let fit = try await MergedFit(
      model: URL(filePath: model), parts: parts, rawInput: raw.rawInput,
      options: RunOptions(threads: threading.threads), engine: device.open())
    for warning in fit.report.warningsToSay { console.warn(warning.text) }
    try fit.guarded.write(to: file)
    var report = fit.report
    report.output = output
    try ResultWriter.print(
      report, asJSON: json, text: report.text(labels: fit.guarded.metadata.labels))
  }
}
