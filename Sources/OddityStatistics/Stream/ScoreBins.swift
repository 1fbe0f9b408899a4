/// Where the scores of a stream are counted: 4,096 bins, fixed by calibration scores.
///
/// Bins make the state of a stream small. Scores of one bin count as equal, and equal ones are told apart by chance
/// (``OnlinePValues``), so that bins cost power but no validity, as long as they do not depend on the scores that are counted:
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
