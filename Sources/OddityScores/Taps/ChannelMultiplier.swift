/// The multiplier of a score: the mean over channels of a clipped statistic of a feature map.
public struct ChannelMultiplier: Hashable, Sendable, CustomStringConvertible {
  public let statistic: ChannelStatistic
  /// The index of the block whose map is used, among the candidates; nil for the last map.
  public let block: Int?

  /// The possible statistics, in the order in which they are listed.
  static let statistics: [ChannelStatistic] = [.average, .deviation, .maximum]

  /// The suffix of the name of a score: `*std`, or `*std@2` at block 2.
  public var description: String { statistic.multiplierName + (block.map { "@\($0)" } ?? "") }

  var place: MapPlace { block.map { .block($0) } ?? .last }

  var tap: Tap { .channels(statistic, place) }
}

extension ChannelStatistic {
  /// The name of the multiplier, which its settings use.
  var multiplierName: String { "*" + rawValue }
}
