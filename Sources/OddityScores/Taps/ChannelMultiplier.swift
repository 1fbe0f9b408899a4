/// What a score is multiplied by: the mean over channels of a clipped statistic of a feature map.
public struct ChannelMultiplier: Hashable, Sendable, CustomStringConvertible {
  public let statistic: ChannelStatistic
  /// The block whose map is taken, by its index among the candidates; nil for the last map.
  public let block: Int?

  /// Statistics that multiply, in the order in which they are listed.
  static let statistics: [ChannelStatistic] = [.average, .deviation, .maximum]

  /// What follows the name of a score: `*std`, or `*std@2` at block 2.
  public var description: String { statistic.multiplierName + (block.map { "@\($0)" } ?? "") }

  var place: MapPlace { block.map { .block($0) } ?? .last }

  var tap: Tap { .channels(statistic, place) }
}

extension ChannelStatistic {
  /// The multiplier's name, which its settings go by.
  var multiplierName: String { "*" + rawValue }
}
