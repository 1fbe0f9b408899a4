import ArgumentParser
import Engines
import Foundation
import Imaging
import Oddity
import OddityReport

/// `oddity compare`: whether two guarded models give the same verdicts.
struct CompareCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Tells whether two guarded models give the same verdicts.",
    discussion: """
      Scores the same images with both models. Tells how often they agree, how well their p-values \
      correlate, and which images have another verdict. --report draws the p-values of both.

        oddity compare old.onnx new.onnx photos/ --report comparison.html
      """)

  @Argument(help: ArgumentHelp("The guarded model to compare with, such as the old one.", valueName: "first"))
  var first: String

  @Argument(help: ArgumentHelp("The guarded model to check, such as the new one.", valueName: "second"))
  var second: String

  @Argument(help: .images)
  var sources: [String]

  @Flag(help: "Print JSON in place of text.")
  var json = false

  @OptionGroup(title: "Engine") var engine: EngineFlags
  @OptionGroup var reporting: ReportFlags
  @OptionGroup var messages: MessageFlags

  func validate() throws { try reporting.check(isNoneOf: [first, second] + sources) }

  func run() async throws {
    let console = Console(quiet: messages.quiet)
    let reportFile = try reporting.open()
    let models = try [first, second].map { try GuardedModel(contentsOf: URL(filePath: $0)) }
    let source = JoinedSource(try ImageSources.openJoiningImages(sources))
    for model in models { try model.metadata.checkPictures(of: [source]) }
    for warning in [source].warnings { console.warn(warning.text) }
    let opened = try engine.open()
    let detectors = try models.map { try Detector($0, engine: opened, options: engine.runOptions(console)) }
    let comparison = try await detectors[0].compare(with: detectors[1], on: source) { console.warn("\($0)") }
    console.endProgress()
    let page = ComparisonPage(
      comparison, names: [first, second], models.map(\.metadata), engine: opened.description)
    try reportFile?.finish(with: page.html)
    try ResultWriter.print(comparison, asJSON: json, text: comparison.text)
    if comparison.failures > 0 { throw Stop(status: .inputFailed, message: nil) }
  }
}
