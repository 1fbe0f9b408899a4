import Oddity

/// What a score is compared with to flag images.
enum ScoreThreshold {
  /// The score is not calibrated.
  case none
  /// One threshold for all images.
  case pooled(Double)
  /// Each image's is that of its predicted class.
  case byClass

  /// - Parameters:
  ///   - groups: the groups of classes, where there are any; a single one is all images.
  init(_ threshold: Double, groups: [CalibrationGroup]?) {
    self = (groups?.count ?? 0) > 1 ? .byClass : .pooled(threshold)
  }

  /// Where a line can be drawn.
  var value: Double? {
    if case .pooled(let value) = self { value } else { nil }
  }

  /// What a table shows.
  var text: String {
    switch self {
    case .none: Numbers.none
    case .pooled(let value): Figures.significant(value)
    case .byClass: "by predicted class"
    }
  }

  /// What a figure of scores says of it.
  var caption: String {
    switch self {
    case .none: ""
    case .pooled: " Images left of the threshold are flagged as outliers."
    case .byClass:
      " Each predicted class has a threshold of its own, so that no line parts outliers from the rest."
    }
  }
}
