/// A place in a classifier where a block ends: a feature map that everything downstream depends on.
public struct Block: Sendable, Hashable {
  /// Position among the candidates, from 0; `nil` for the stem, which is never selected.
  public internal(set) var index: Int?
  /// The tensor's own name in the file: the block's stable name.
  public let tensor: String
  public let layout: MapLayout
  public let channels: Int?
  /// Height and width, or the count of tokens; `nil` where free.
  public let positions: [Int?]
  /// Share of the network's multiply-accumulates spent from the previous block's end to this one's.
  public let flopsShare: Double?

  public var height: Int? { layout == .tokens ? nil : positions[0] }
  public var width: Int? { layout == .tokens ? nil : positions[1] }
  public var tokens: Int? { layout == .tokens ? positions[0] : nil }
}

/// Which axes of a feature map are channels and which are positions.
public enum MapLayout: String, Sendable, Codable {
  /// [N, C, H, W]
  case channelsFirst
  /// [N, H, W, C]
  case channelsLast
  /// [N, T, C]
  case tokens

  var channelAxis: Int {
    switch self {
    case .channelsFirst: 1
    case .channelsLast: 3
    case .tokens: 2
    }
  }

  var positionAxes: [Int] {
    switch self {
    case .channelsFirst: [2, 3]
    case .channelsLast: [1, 2]
    case .tokens: [1]
    }
  }
}
