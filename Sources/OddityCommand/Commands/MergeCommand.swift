import ArgumentParser
import Foundation
import Oddity
import Engines

/// `oddity merge`: makes a guarded model from the parts of a fit.
struct MergeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Combines the parts of a fit that several machines made.",
    discussion: """
      The parts are the files that 'oddity fit --partial' wrote, in any order. The guarded model is the same \
      as if one machine had fitted it on all images. Options of the fit (scores, seed, false-alarm rate) are \
      those given to 'oddity fit --partial'.

        oddity fit model.onnx --id train/ --shard 1/2 --partial 1.state    # on one machine
        oddity fit model.onnx --id train/ --shard 2/2 --partial 2.state    # on another
        oddity merge --model model.onnx 1.state 2.state -o guarded.onnx
      """)

  @Option(
    help: ArgumentHelp("The classifier that the parts were made from, an ONNX file.", valueName: "model"))
  var model: String

  @Argument(help: ArgumentHelp("The parts of a fit. Name each of them once.", valueName: "part"))
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
