import Oddity

/// A classifier's blocks and head for people to read.
struct BlocksText {
  private let classifier: Classifier

  init(_ classifier: Classifier) {
    self.classifier = classifier
  }

  var text: String {
    var table = TextTable([.right("block"), .left("tensor"), .right("shape"), .right("FLOPs")])
    for block in classifier.stem + classifier.blocks {
      table.append([
        block.index.map(String.init) ?? "stem", block.tensor, Numbers.shape(block),
        Numbers.percent(block.flopsShare),
      ])
    }
    let head = classifier.head
    let features = head.features.map { "features '\($0)'" } ?? "no linear layer"
    return table.text + "\nhead: logits '\(head.logits)', \(classifier.classes) classes, \(features)\n"
  }
}
