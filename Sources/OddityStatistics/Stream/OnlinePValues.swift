/// Smoothed conformal p-values of a stream, online.
///
/// `p_t = (#{s_i < s_t} + θ_t · #{s_i = s_t}) / (n + t)` over the n calibration scores, all scores of the stream before s_t,
/// and s_t itself. Where calibration and stream are exchangeable, the p-values are independent and uniform on [0, 1]
/// (Vovk, Gammerman & Shafer, *Algorithmic Learning in a Random World*, 2005, theorem 8.1); p-values from the
/// calibration scores alone are not independent.
struct OnlinePValues: Sendable, Equatable {
  /// Scores in each of the bins of ``ScoreBins``.
  private(set) var counts: [UInt32]
  /// n + t: calibration scores and those of the stream so far.
  private(set) var total: Int
  /// Of each stretch of bins, so that counting what lies below takes 128 additions and not 4,096.
  private var stretches: [Int]

  private static let stretch = 64

  /// - Parameter counts: one for each bin.
  init(counts: [UInt32]) {
    self.counts = counts
    stretches = stride(from: 0, to: counts.count, by: Self.stretch).map { start in
      counts[start..<min(start + Self.stretch, counts.count)].reduce(0) { $0 + Int($1) }
    }
    total = stretches.reduce(0, +)
  }

  /// Counts one score of the stream and returns its p-value, in [0, 1).
  ///
  /// - Parameter theta: uniform in [0, 1).
  mutating func next(bin: Int, theta: Double) -> Double {
    counts[bin] += 1
    stretches[bin / Self.stretch] += 1
    total += 1
    let start = bin / Self.stretch
    let below =
      stretches[..<start].reduce(0, +)
      + counts[start * Self.stretch..<bin].reduce(0) { $0 + Int($1) }
    return (Double(below) + theta * Double(counts[bin])) / Double(total)
  }
}
