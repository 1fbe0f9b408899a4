/// A classifier's blocks, or all its feature maps, and its head, as `oddity blocks --json` prints them.
public struct BlocksReport: Encodable, Sendable {
  public let blocks: [Row]
  public let stem: [Row]
  public let head: Head

  /// One block or feature map: height and width, or tokens for feature maps [N, T, C].
  public struct Row: Encodable, Sendable {
    public let block: Block
    /// Rows of the stem have no index. The index of a feature map that is not a block is null.
    let hasIndex: Bool

    private enum CodingKeys: String, CodingKey {
      case index, tensor, channels, height, width, tokens
      case flopsShare = "flops_share"
    }

    /// Dynamic sizes are null.
    public func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      if hasIndex { try values.encode(block.index, forKey: .index) }
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
    /// Logits of other heads, which `logits` may name instead; nil if there are none.
    public let otherLogits: [String]?

    private enum CodingKeys: String, CodingKey {
      case logits, features, classes, linear
      case otherLogits = "other_logits"
    }
  }

  /// - Parameter maps: feature maps to list instead of the blocks.
  public init(_ classifier: Classifier, listing maps: [Block]? = nil) {
    blocks = (maps ?? classifier.blocks).map { Row(block: $0, hasIndex: true) }
    stem = classifier.stem.map { Row(block: $0, hasIndex: false) }
    head = Head(
      logits: classifier.head.logits, features: classifier.head.features, classes: classifier.classes,
      linear: classifier.head.isLinear,
      otherLogits: classifier.otherLogits.isEmpty ? nil : classifier.otherLogits)
  }
}
