import Foundation

/// Tells when a stream of images is no longer like the calibration images: a conformal test martingale.
///
/// A gambler starts with a wealth of one and bets against the p-values of the stream being uniform (`OnlinePValues`). As
/// long as calibration and stream are exchangeable, the wealth is a martingale, so it ever reaches 1/δ with probability
/// at most δ (Ville's inequality; Vovk et al., *Retrain or not retrain*, COPA 2021). Consecutive frames of a video are
/// not exchangeable and raise it.
///
/// Most of the wealth is held back. At step t, a share of 1/(t + 100) of what is still held back goes to the
/// bets of `Bet.all` in equal parts, and stays there. A change is therefore noticed about as soon after many
/// images as after few, unlike with bets that are all placed at the start. Wealth is stored as logarithms,
/// because after a change it grows without bound.
public struct StreamMartingale: Sendable, Equatable {
  public private(set) var state: State
  private let bins: ScoreBins
  /// Scores of each bin so far.
  private var pValues: OnlinePValues

  /// The state that continues after a restart.
  public struct State: Sendable, Equatable, Codable {
    /// Images so far.
    public internal(set) var images = 0
    /// The natural logarithm of the wealth.
    public internal(set) var logWealth = 0.0
    /// The largest wealth so far, because an alarm stays one.
    public internal(set) var largestLogWealth = 0.0
    /// The seed of the random numbers that break ties between equal scores.
    let seed: UInt64
    /// The logarithm of the wealth that is held back.
    var logWaiting = 0.0
    /// The logarithms of the capital of each bet. nil stands for minus infinity, for which JSON has no
    /// number.
    var logCapitals = [Double?](repeating: nil, count: Bet.all.count)

    init(seed: UInt64) { self.seed = seed }

    /// Whether the wealth has ever reached 1/δ.
    public func hasAlarmed(delta: Double) -> Bool { largestLogWealth >= -log(delta) }
  }

  /// - Parameters:
  ///   - bins: the bins of the detector's calibration scores (`GuardedModel.calibrationSample()`).
  ///   - seed: the seed of the stream, different for every stream.
  public init(_ bins: ScoreBins, seed: UInt64) {
    self.bins = bins
    pValues = OnlinePValues(counts: bins.calibrationCounts)
    state = State(seed: seed)
  }

  /// Continues from a saved state.
  ///
  /// - Parameter counts: the saved ``counts``. Returns nil if their number of bins differs.
  public init?(_ state: State, counts: [UInt32], bins: ScoreBins) {
    guard counts.count == ScoreBins.count, state.logCapitals.count == Bet.all.count else { return nil }
    (self.state, self.bins) = (state, bins)
    pValues = OnlinePValues(counts: counts)
  }

  /// The number of scores in each bin: those of the calibration images and of the stream.
  public var counts: [UInt32] { pValues.counts }

  /// Adds the next score of the stream.
  ///
  /// - Returns: its smoothed p-value.
  @discardableResult
  public mutating func observe(_ score: Float) -> Double {
    var random = SplitMix64(seed: state.seed ^ UInt64(state.images))
    let p = pValues.next(bin: bins.bin(of: score), theta: random.nextUnit())
    state.bet(on: p)
    state.images += 1
    return p
  }
}

extension StreamMartingale.State {
  fileprivate mutating func bet(on p: Double) {
    let share = 1 / (Double(images) + Self.patience)
    let logPlaced = logWaiting + log(share / Double(Bet.all.count))
    logWaiting += log1p(-share)
    var sum = logWaiting
    for (index, bet) in Bet.all.enumerated() {
      let capital = logSum(logCapitals[index] ?? -.infinity, logPlaced) + bet.logGrowth(p)
      logCapitals[index] = capital
      sum = logSum(sum, capital)
    }
    logWealth = sum
    largestLogWealth = max(largestLogWealth, sum)
  }

  /// The number of images that the first share of the wealth waits for.
  private static let patience = 100.0
}

/// `log(eᵃ + eᵇ)`.
private func logSum(_ a: Double, _ b: Double) -> Double {
  let (low, high) = (min(a, b), max(a, b))
  return low == -.infinity ? high : high + log1p(exp(low - high))
}

/// A bet against p-values being uniform: the factor by which its capital grows at a p-value. Its mean over
/// [0, 1] is one.
enum Bet: Sendable, Equatable {
  /// `κ p^(κ−1)`: bets on many low p-values, that is on low scores. Mirrored, it bets on many high ones.
  case power(Double, mirrored: Bool)
  /// `1 + ε (p − ½)`: bets on a tilt.
  case linear(Double)

  /// The bets on which the capital is placed: low scores, high scores, and a tilt either way.
  static let all: [Bet] = [
    .power(0.3, mirrored: false), .power(0.3, mirrored: true), .power(0.6, mirrored: false),
    .power(0.6, mirrored: true), .linear(-1), .linear(1),
  ]

  /// Smaller p-values count as this, because an infinite gain would be meaningless.
  private static let smallest = 1e-12

  /// The logarithm of the growth at p in [0, 1).
  func logGrowth(_ p: Double) -> Double {
    switch self {
    case .power(let kappa, let mirrored):
      log(kappa) + (kappa - 1) * log(max(mirrored ? 1 - p : p, Self.smallest))
    case .linear(let epsilon): log1p(epsilon * (p - 0.5))
    }
  }
}

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

/// Where the scores of a stream are counted: 4,096 bins, fixed by calibration scores.
///
/// Bins make the state of a stream small. Scores of one bin count as equal, and equal ones are told apart by chance
/// (`OnlinePValues`), so that bins cost power but no validity, as long as they do not depend on the scores that are counted:
/// a quarter of the calibration scores, drawn at random, fixes the bins, and the others are counted.
public struct ScoreBins: Sendable, Equatable {
  public static let count = 4_096

  /// Ascending; a score is in the bin after the last edge that it reaches.
  private let edges: [Float]
  /// Calibration scores in each bin, less those that fixed it.
  let calibrationCounts: [UInt32]

  /// - Parameter calibrationScores: at least one, finite. Drawn are the first ⌈n/4⌉ of the permutation of
  ///   `SplitMix64(seed: n)`.
  public init(_ calibrationScores: [Float]) {
    var random = SplitMix64(seed: UInt64(calibrationScores.count))
    let order = random.nextPermutation(count: calibrationScores.count)
    let fixing = (calibrationScores.count + 3) / 4
    let sorted = order.prefix(fixing).map { calibrationScores[$0] }.sorted()
    let edges = (1..<Self.count).map { Float(sorted.quantileOfSorted(Double($0) / Double(Self.count))) }
    self.edges = edges
    calibrationCounts = order.dropFirst(fixing).reduce(into: [UInt32](repeating: 0, count: Self.count)) {
      $0[Self.bin(of: calibrationScores[$1], edges: edges)] += 1
    }
  }

  func bin(of score: Float) -> Int { Self.bin(of: score, edges: edges) }

  /// A score that is not finite is in the first bin, with the strangest.
  private static func bin(of score: Float, edges: [Float]) -> Int {
    score.isFinite ? edges.partitionPoint { $0 <= score } : 0
  }
}
