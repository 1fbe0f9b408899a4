import ArgumentParser
import Foundation
import Oddity
import ONNXGraph
import Engines

/// `oddity blocks`: the blocks of a classifier.
struct BlocksCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "blocks",
    abstract: "Lists the blocks of a classifier.",
    discussion: """
      A block ends at a feature map through which every path from the image to the logits passes. For each \
      block the command lists the tensor, its size, and its share of the network's arithmetic. If the \
      network has no block, or not the one that you want, use --all-tensors to list every feature map: \
      'oddity fit --block' takes any of them by name.

        oddity blocks model.onnx
      """)

  @Argument(help: ArgumentHelp("The classifier, an ONNX file.", valueName: "model"))
  var model: String

  @Flag(help: "Print JSON in place of a table.")
  var json = false

  @Flag(help: "List every feature map, not only the blocks; blocks are shown with their index.")
  var allTensors = false

  @OptionGroup var tensors: TensorFlags
  @OptionGroup(title: "Engine") var device: DeviceFlags

  func run() async throws {
    let engine = try device.open()
    let classifier = try Classifier(
      Model(contentsOf: URL(filePath: model)).withoutRawInput(), engine: engine, input: tensors.input,
      logits: tensors.logits)
    let maps = allTensors ? try classifier.featureMaps(engine: engine) : nil
    try check(classifier, maps)
    try ResultWriter.print(
      BlocksReport(classifier, listing: maps), asJSON: json, text: classifier.text(listing: maps))
  }

  /// Fails if there is no block to select.
  private func check(_ classifier: Classifier, _ maps: [Block]?) throws {
    if let note = classifier.otherHeadsNote { Console(quiet: false).warn(note) }
    if let maps {
      if maps.isEmpty { throw OddityError.noFeatureMaps(in: classifier) }
    } else if classifier.blocks.isEmpty {
      throw OddityError.noBlocks(in: classifier)
    } else if let note = classifier.singleBlockNote {
      Console(quiet: false).warn(note)
    }
  }
}

extension Classifier {
  /// The blocks or all feature maps of the classifier, and its head, as text.
  ///
  /// - Parameter maps: feature maps to list instead of stem and blocks.
  func text(listing maps: [Block]?) -> String {
    let stem = Set(stem.map(\.tensor))
    let table = Table(
      maps ?? self.stem + blocks,
      [
        .number("block") { $0.index.map(String.init) ?? (stem.contains($0.tensor) ? "stem" : Numbers.none) },
        .text("tensor") { $0.tensor }, .number("shape") { Numbers.shape($0) },
        .number("FLOPs") { Numbers.percent($0.flopsShare) },
      ])
    let features = head.features.map { "features '\($0)'" } ?? "no linear layer"
    let assumption = ", softmax assumed (use 'fit --head sigmoid' if several labels can be true of one image)"
    let kind =
      headKind == .sigmoid
      ? ", a sigmoid for each" : assumesSoftmax ? assumption : ""
    return table.text + "\nhead: logits '\(head.logits)', \(classes) classes\(kind), \(features)\n"
  }
}
