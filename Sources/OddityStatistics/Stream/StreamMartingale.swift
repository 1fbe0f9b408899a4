import Foundation

/// Tells when a stream of images is no longer like the calibration images: a conformal test martingale.
///
/// A gambler starts with a wealth of one and bets against the p-values of the stream being uniform (``OnlinePValues``). As
/// long as calibration and stream are exchangeable, the wealth is a martingale, so it ever reaches 1/δ with probability
/// at most δ (Ville's inequality; Vovk et al., *Retrain or not retrain*, COPA 2021). Consecutive frames of a video are
/// not exchangeable and raise it.
///
/// Most of the wealth waits: at step t a share of 1/(t + 100) of what still waits goes to the bets of ``Bet/all`` in
/// equal parts and stays there. So a change is noticed about as soon after many images as after few, which bets that are
/// all placed at the start do not do. Wealth is kept as logarithms: after a change it grows without bound.
public struct StreamMartingale: Sendable, Equatable {
  public private(set) var state: State
  private let bins: ScoreBins
  /// Scores of each bin so far.
  private var pValues: OnlinePValues

  /// What goes on after a restart.
  public struct State: Sendable, Equatable, Codable {
    /// Images so far.
    public internal(set) var images = 0
    /// The natural logarithm of the wealth.
    public internal(set) var logWealth = 0.0
    /// The largest so far: an alarm stays one.
    public internal(set) var largestLogWealth = 0.0
    /// Of the numbers that tell equal scores apart.
    let seed: UInt64
    /// The logarithm of the part that waits.
    var logWaiting = 0.0
    /// The logarithms of what is bet; none is minus infinity, which JSON has no number for, so nil.
    var logCapitals = [Double?](repeating: nil, count: Bet.all.count)

    init(seed: UInt64) { self.seed = seed }

    /// Whether the wealth has ever reached 1/δ.
    public func hasAlarmed(delta: Double) -> Bool { largestLogWealth >= -log(delta) }
  }

  /// - Parameters:
  ///   - bins: of the detector's calibration scores (``GuardedModel/calibrationSample()``).
  ///   - seed: of the stream; another for every stream.
  public init(_ bins: ScoreBins, seed: UInt64) {
    self.bins = bins
    pValues = OnlinePValues(counts: bins.calibrationCounts)
    state = State(seed: seed)
  }

  /// Goes on where another one was.
  ///
  /// - Parameter counts: its ``counts``; nil is returned where they are not of as many bins.
  public init?(_ state: State, counts: [UInt32], bins: ScoreBins) {
    guard counts.count == ScoreBins.count, state.logCapitals.count == Bet.all.count else { return nil }
    (self.state, self.bins) = (state, bins)
    pValues = OnlinePValues(counts: counts)
  }

  /// Scores in each bin: calibration images' and the stream's.
  public var counts: [UInt32] { pValues.counts }

  /// Takes the next score of the stream.
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

  /// How many images the first share of the wealth waits for.
  private static let patience = 100.0
}

/// `log(eᵃ + eᵇ)`.
private func logSum(_ a: Double, _ b: Double) -> Double {
  let (low, high) = (min(a, b), max(a, b))
  return low == -.infinity ? high : high + log1p(exp(low - high))
}
