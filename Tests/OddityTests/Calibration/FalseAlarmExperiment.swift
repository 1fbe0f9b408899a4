import Oddity

/// Repeated random splits of a pool of ID scores into calibration and test images.
struct FalseAlarmExperiment {
  /// Scores of ID images, exchangeable.
  let pool: [Float]
  let calibrationSize: Int
  let alpha: Alpha

  static let testSize = 100
  static let splits = 2_000

  /// The mean share of flagged test images, and its standard error over the splits.
  struct Outcome {
    let mean: Double
    let standardError: Double
  }

  /// - Parameter rule: makes the decision rule from the calibration scores.
  func outcome(seed: UInt64, rule: ([Float]) throws -> (Float) -> Bool) rethrows -> Outcome {
    var generator = SplitMix64(seed: seed)
    var scores = pool
    var shares: [Double] = []
    for _ in 0..<Self.splits {
      for position in 0..<(calibrationSize + Self.testSize) {
        scores.swapAt(position, Int.random(in: position..<scores.count, using: &generator))
      }
      let isOutlier = try rule(Array(scores[..<calibrationSize]))
      let flagged = scores[calibrationSize..<(calibrationSize + Self.testSize)].count(where: isOutlier)
      shares.append(Double(flagged) / Double(Self.testSize))
    }
    let mean = shares.reduce(0, +) / Double(shares.count)
    let variance = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(shares.count - 1)
    return Outcome(mean: mean, standardError: (variance / Double(shares.count)).squareRoot())
  }

  /// The theoretical share without ties: ⌊α(n + 1)⌋ / (n + 1).
  var expectedShare: Double {
    Double(alpha.rank(calibrationSize: calibrationSize)) / Double(calibrationSize + 1)
  }
}
