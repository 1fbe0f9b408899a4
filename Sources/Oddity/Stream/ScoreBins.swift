/// Where the scores of a stream are counted: 4,096 bins, fixed by the calibration scores, of which each holds about as many.
///
/// Bins make the state of a stream small. Scores of one bin count as equal, and equal ones are told apart by chance
/// (``OnlinePValues``), so that bins cost power but no validity.
public struct ScoreBins: Sendable, Equatable {
  public static let count = 4_096

  /// Ascending; a score is in the bin after the last edge that it reaches.
  private let edges: [Float]

  /// - Parameter calibrationScores: at least one, finite.
  public init(_ calibrationScores: [Float]) {
    let sorted = calibrationScores.sorted()
    edges = (1..<Self.count).map { Float(sorted.quantileOfSorted(Double($0) / Double(Self.count))) }
  }

  /// A score that is not finite is in the first bin, with the strangest.
  func bin(of score: Float) -> Int {
    score.isFinite ? edges.partitionPoint { $0 <= score } : 0
  }

  /// How many of the scores are in each bin.
  func counts(of scores: [Float]) -> [UInt32] {
    scores.reduce(into: [UInt32](repeating: 0, count: Self.count)) { $0[bin(of: $1)] += 1 }
  }
}
