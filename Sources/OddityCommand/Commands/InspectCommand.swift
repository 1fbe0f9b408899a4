import ArgumentParser
import Foundation
import Oddity

/// `oddity inspect`: what a guarded model says about itself.
struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Shows what a guarded model was fitted with.",
    discussion: """
      Score, block, threshold, alpha and calibration size; --json adds NormRatio of every block, preprocessing and labels.

        oddity inspect guarded.onnx
      """)

  @Argument(help: ArgumentHelp("The guarded model.", valueName: "guarded"))
  var guarded: String

  @Flag(help: "Print JSON in place of a table.")
  var json = false

  func run() async throws {
    let model = try GuardedModel(contentsOf: URL(filePath: guarded))
    try ResultWriter.print(model.metadata, asJSON: json, text: model.text)
  }
}
