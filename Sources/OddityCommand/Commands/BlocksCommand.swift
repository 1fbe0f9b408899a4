import ArgumentParser
import Foundation
import ONNXGraph
import Oddity
import OpenVINORuntime

/// `oddity blocks`: the blocks of a classifier.
struct BlocksCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "blocks",
    abstract: "Lists the blocks of a classifier.",
    discussion: """
      A block ends at a feature map through which every path from the image to the logits passes. Listed are its \
      tensor, its size, and its share of the network's arithmetic.

        oddity blocks model.onnx
      """)

  @Argument(help: ArgumentHelp("The classifier, an ONNX file.", valueName: "model"))
  var model: String

  @Flag(help: "Print JSON in place of a table.")
  var json = false

  @OptionGroup var tensors: TensorFlags

  func run() async throws {
    let classifier = try Classifier(
      Model(contentsOf: URL(filePath: model)), engine: Engine(), input: tensors.input, logits: tensors.logits)
    if json {
      return try ResultWriter.print(JSONValue(encoding: BlocksReport(classifier)).indented() + "\n")
    }
    if classifier.blocks.isEmpty { throw OddityError.noBlocks(in: classifier) }
    try ResultWriter.print(BlocksText(classifier).text)
  }
}
