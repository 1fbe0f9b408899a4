import OddityFiles

/// Whether the scores of a batch and those of calibration images may come from one distribution, by an exact
/// permutation test.
///
/// The statistics are the one-sided distances of the empirical distribution functions (Smirnov), and the
/// distance of the mean rank from the middle.
package struct ScoreShift: Sendable, Equatable {
  package let pValue: Double

  /// The sizes of random samples of both, drawn with the seed. Calibration scores are the same for all
  /// batches, so a small sample would make the same error every time.
  private static let (mostOfBatch, mostOfCalibration) = (2_048, 16_384)

  /// - Parameters:
  ///   - scores: the scores of the batch, at least one. A score that is not a number counts as the lowest.
  ///   - calibrationScores: at least one.
  package init(_ scores: [Float], calibrationScores: [Float], seed: UInt64) {
    var random = SplitMix64(seed: seed)
    func sampled(_ values: [Float], most: Int) -> [Float] {
      random.nextPermutation(count: values.count).prefix(most).map {
        values[$0].isNaN ? -.infinity : values[$0]
      }
    }
    // Drawn first, so that they are the same for every batch.
    let calibration = sampled(calibrationScores, most: Self.mostOfCalibration)
    let batch = sampled(scores, most: Self.mostOfBatch)
    let ranking = TiedRanking(batch + calibration)
    pValue =
      PermutationTest(first: Array(batch.indices), of: ranking.count, seed: seed) { drawn in
        ranking.differences(drawn)
      }.pValue
  }
}

/// The ranks of values in ascending order.
private struct TiedRanking {
  /// Equal values have the same place, the last one among them.
  private let places: [Int]
  /// Equal values share the mean of their ranks.
  private let ranks: [Double]
  /// Whether a place is the last of equal values.
  private let isLast: [Bool]
  var count: Int { places.count }

  init(_ values: [Float]) {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var places = Array(repeating: 0, count: values.count)
    var isLast = Array(repeating: true, count: values.count)
    for (place, index) in order.enumerated().reversed() {
      let next = place + 1
      let isEqual = next < order.count && values[order[next]] == values[index]
      isLast[place] = !isEqual
      places[index] = isEqual ? places[order[next]] : place
    }
    (self.places, self.isLast) = (places, isLast)
    ranks = RankCorrelation.ranks(values.map { Double($0) })
  }

  /// How much the values at some positions differ from the others.
  func differences(_ positions: [Int]) -> [Double] {
    var counts = Array(repeating: 0, count: count)
    for position in positions { counts[places[position]] += 1 }
    let (first, second) = (Double(positions.count), Double(count - positions.count))
    var (seen, lower, higher) = (0, 0.0, 0.0)
    for (place, here) in counts.enumerated() {
      seen += here
      guard isLast[place] else { continue }
      let difference = Double(seen) / first - Double(place + 1 - seen) / second
      (lower, higher) = (max(lower, difference), max(higher, -difference))
    }
    let sum = positions.reduce(0) { $0 + ranks[$1] }
    return [lower, higher, abs(sum / first - Double(count + 1) / 2)]
  }
}
