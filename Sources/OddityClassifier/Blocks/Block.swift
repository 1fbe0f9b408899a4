/// The end of a block in a classifier: a feature map that everything after it depends on.
public struct Block: Sendable, Hashable {
  /// Position among the candidates, from 0; `nil` for the stem, which is never selected.
  public internal(set) var index: Int?
  /// The name of the tensor in the file, which identifies the block.
  public let tensor: String
  public let layout: MapLayout
  public let channels: Int?
  /// Height and width, or the number of tokens; `nil` if dynamic.
  public let positions: [Int?]
  /// The share of the network's multiply-accumulates between the previous block's end and this one's.
  public let flopsShare: Double?

  package init(
    index: Int?, tensor: String, layout: MapLayout, channels: Int?, positions: [Int?], flopsShare: Double?
  ) {
    (self.index, self.tensor, self.layout) = (index, tensor, layout)
    (self.channels, self.positions, self.flopsShare) = (channels, positions, flopsShare)
  }

  public var height: Int? { layout == .tokens ? nil : positions[0] }
  public var width: Int? { layout == .tokens ? nil : positions[1] }
  public var tokens: Int? { layout == .tokens ? positions[0] : nil }
}

/// A block in the form of results.
public struct SelectedBlock: Codable, Sendable, Equatable {
  /// Its index among the candidates; `nil` for a tensor that is not a candidate by the rule.
  public let index: Int?
  public let tensor: String

  package init(_ block: Block) {
    self.init(index: block.index, tensor: block.tensor)
  }

  public init(index: Int?, tensor: String) {
    self.index = index
    self.tensor = tensor
  }

  /// The name in texts: `block 6 (relu_14)`, or the tensor if it has no index.
  package var name: String { index.map { "block \($0) (\(tensor))" } ?? tensor }
}
