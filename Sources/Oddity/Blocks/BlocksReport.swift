/// A classifier's blocks and head, as `oddity blocks --json` prints them.
public struct BlocksReport: Encodable, Sendable {
  public let blocks: [Row]
  public let stem: [Row]
  public let head: Head

  /// One block: height and width, or tokens for feature maps [N, T, C].
  public struct Row: Encodable, Sendable {
    public let block: Block

    private enum CodingKeys: String, CodingKey {
      case index, tensor, channels, height, width, tokens
      case flopsShare = "flops_share"
    }

    /// Sizes that are free in the model are null; stem rows have no index.
    public func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encodeIfPresent(block.index, forKey: .index)
      try values.encode(block.tensor, forKey: .tensor)
      try values.encode(block.channels, forKey: .channels)
      if block.layout == .tokens {
        try values.encode(block.tokens, forKey: .tokens)
      } else {
        try values.encode(block.height, forKey: .height)
        try values.encode(block.width, forKey: .width)
      }
      try values.encode(block.flopsShare, forKey: .flopsShare)
    }
  }

  public struct Head: Encodable, Sendable {
    /// The tensor of the logits.
    public let logits: String
    /// The tensor of the penultimate features.
    public let features: String?
    public let classes: Int
    /// Whether the logits are linear in the features.
    public let linear: Bool
  }

  public init(_ classifier: Classifier) {
    blocks = classifier.blocks.map(Row.init)
    stem = classifier.stem.map(Row.init)
    head = Head(
      logits: classifier.head.logits, features: classifier.head.features, classes: classifier.classes,
      linear: classifier.head.isLinear)
  }
}
