import OddityModel

/// Warnings derived from faulty copies of calibration images.
extension FitWarning {
  /// A classifier is seldom more confident on images that are worse than its training images. If it is more
  /// confident on faulty copies, the images may have the fault themselves.
  static func faulty(_ sample: SignatureSample, _ replayed: SignatureReplays) -> Warning? {
    guard let certainty = replayed.form.certainty else { return nil }
    let entries = sample.entries.filter { $0.replays.count == replayed.replays.count }
    guard entries.count >= leastReplayed else { return nil }
    let count = Double(entries.count)
    let shares = replayed.replays.enumerated().filter { $1.isPlausible }.map { place, replay in
      let surer = entries.count { $0.replays[place].values[certainty] > $0.signature.values[certainty] }
      return (replay: replay, share: Double(surer) / count)
    }
    // Four standard deviations above one half.
    let notable = shares.filter {
      $0.share >= ($0.replay.magnification > 1.5 ? nearlyAll : 0.5 + 2 / count.squareRoot())
    }
    guard let best = notable.max(by: { $0.share < $1.share }) else { return nil }
    return Warning(
      .imagesLookFaulty,
      "\(best.replay.seeming): with this change, the classifier is more confident on "
        + "\(Numbers.percent(best.share, 0)) of \(entries.count) calibration images; check \(.preprocessing) "
        + "and how the images were made")
  }

  private static let leastReplayed = 16
  /// Larger values make many classifiers more confident, whatever they show.
  private static let nearlyAll = 0.97
}

extension FaultReplay {
  /// Whether a wrongly named preprocessing would look like this fault. Nothing can be concluded from values
  /// that are about ten times as large.
  fileprivate var isPlausible: Bool { isOfPreprocessing && magnification < 8 }

  /// The suspected fault, if a classifier is more confident with it.
  fileprivate var seeming: String {
    switch fault {
    case .channelsSwapped:
      "the red and blue channels of the images seem to be swapped (BGR instead of RGB, or the reverse)"
    case .otherNormalisation: "another mean and std seem to be the right ones (\(strength))"
    case .layoutMistaken: "rows, columns and channels seem to be in another order (\(strength))"
    case .turned: "images seem to need a turn: \(strength)"
    default: "images seem to be inverted"
    }
  }
}
