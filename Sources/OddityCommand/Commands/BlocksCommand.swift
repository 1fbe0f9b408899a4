import ArgumentParser

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
}
