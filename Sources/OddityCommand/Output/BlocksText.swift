import Oddity

extension Classifier {
  /// Its blocks, or all its feature maps, and its head for people to read.
  ///
  /// - Parameter maps: feature maps to list in place of stem and blocks.
  func text(listing maps: [Block]?) -> String {
    var table = Table([.right("block"), .left("tensor"), .right("shape"), .right("FLOPs")])
    let stem = Set(stem.map(\.tensor))
    for block in maps ?? self.stem + blocks {
      let index = block.index.map(String.init) ?? (stem.contains(block.tensor) ? "stem" : Numbers.none)
      table.append([
        index, block.tensor, Numbers.shape(block),
        Numbers.percent(block.flopsShare),
      ])
    }
    let features = head.features.map { "features '\($0)'" } ?? "no linear layer"
    let assumption = ", a softmax assumed ('fit --head sigmoid' for labels that are there or not)"
    let kind =
      headKind == .sigmoid
      ? ", a sigmoid of each" : assumesSoftmax ? assumption : ""
    return table.text + "\nhead: logits '\(head.logits)', \(classes) classes\(kind), \(features)\n"
  }
}
