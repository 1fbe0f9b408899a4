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
    let metadata = try GuardedModel(contentsOf: URL(filePath: guarded)).metadata
    try ResultWriter.print(metadata, asJSON: json, text: InspectText(metadata).text)
  }
}
