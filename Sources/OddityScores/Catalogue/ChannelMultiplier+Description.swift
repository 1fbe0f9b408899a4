extension ChannelStatistic {
  /// The percentile of all channels' statistics that gives t.
  static let percentile = Parameter<Double>(
    "percentile", "of the statistics of all channels, which gives t", default: 90, in: 0...100)

  /// The description of a multiplier.
  var multiplication: ScoreDescription {
    let what =
      switch self {
      case .average: "mean"
      case .deviation: "standard deviation"
      case .maximum: "maximum"
      case .minimum: "minimum"
      }
    return ScoreDescription(
      name: multiplierName,
      summary:
        "NAME\(multiplierName) is the score NAME times the channels' mean \(what) in the last map, each clipped to 0…t; "
        + "NAME\(multiplierName)@2 takes the map of block 2",
      paper: "Catalyst, arXiv 2602.02409, 2026",
      fits: "t, a percentile of the channels' \(what)s on a sample",
      networks: .pooledMap, forms: .any, parameters: [Self.percentile])
  }
}
