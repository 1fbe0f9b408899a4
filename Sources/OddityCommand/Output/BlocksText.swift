import Oddity

/// A classifier's blocks, or all its feature maps, and its head for people to read.
struct BlocksText {
  private let classifier: Classifier
  private let rows: [Block]

  /// - Parameter maps: feature maps to list in place of stem and blocks.
  init(_ classifier: Classifier, listing maps: [Block]? = nil) {
    self.classifier = classifier
    rows = maps ?? classifier.stem + classifier.blocks
  }

  var text: String {
    var table = Table([.right("block"), .left("tensor"), .right("shape"), .right("FLOPs")])
    let stem = Set(classifier.stem.map(\.tensor))
    for block in rows {
      let index = block.index.map(String.init) ?? (stem.contains(block.tensor) ? "stem" : Numbers.none)
      table.append([
        index, block.tensor, Numbers.shape(block),
        Numbers.percent(block.flopsShare),
      ])
    }
    let head = classifier.head
    let features = head.features.map { "features '\($0)'" } ?? "no linear layer"
    let assumption = ", a softmax assumed ('fit --head sigmoid' for labels that are there or not)"
    let kind =
      classifier.headKind == .sigmoid
      ? ", a sigmoid of each" : classifier.assumesSoftmax ? assumption : ""
    return table.text + "\nhead: logits '\(head.logits)', \(classifier.classes) classes\(kind), \(features)\n"
  }
}
