/// Whether two samples may come from one distribution, tested by exchanging images between them.
///
/// If all images are exchangeable, p ≤ α has a probability of at most α, for any statistics and any number of
/// images. Source: Phipson and Smyth, *Permutation p-values should never be zero*, 2010. The largest of
/// several statistics is evaluated with the same permutations (Westfall and Young, *Resampling-based multiple
/// testing*, 1993).
package struct PermutationTest {
  package let pValue: Double

  /// - Parameters:
  ///   - first: the positions of the first sample's images among all images.
  ///   - count: the number of images of both samples.
  ///   - strata: the group of each image, within which images are exchanged; nil exchanges all images.
  ///   - permutations: the number of permutations in addition to the original samples.
  ///   - statistics: the statistics of a first sample, given its positions, always the same number. Larger
  ///     values mean a larger difference.
  package init(
    first: [Int], of count: Int, strata: [Int]? = nil, permutations: Int = 1_999, seed: UInt64,
    statistics: ([Int]) -> [Double]
  ) {
    var random = SplitMix64(seed: seed)
    let groups = Self.groups(strata ?? Array(repeating: 0, count: count))
    let isFirst = Set(first)
    let sizes = groups.map { group in group.count { isFirst.contains($0) } }
    var rows = [statistics(first)]
    for _ in 0..<permutations {
      let drawn = zip(groups, sizes).flatMap { group, size in
        random.nextPermutation(count: group.count).prefix(size).map { group[$0] }
      }
      rows.append(statistics(drawn))
    }
    pValue = Self.pValue(rows)
  }

  private static func groups(_ strata: [Int]) -> [[Int]] {
    Dictionary(grouping: strata.indices, by: { strata[$0] }).sorted { $0.key < $1.key }.map(\.value)
  }

  /// The share of rows whose largest statistic is at least that of row 0, including row 0. Each statistic is
  /// in standard deviations from its mean over all rows.
  private static func pValue(_ rows: [[Double]]) -> Double {
    guard let width = rows.first?.count, width > 0 else { return 1 }
    var largest = Array(repeating: -Double.infinity, count: rows.count)
    for column in 0..<width {
      let values = rows.map { $0[column] }
      let mean = Moments.mean(values)
      let deviation = Moments.standardErrorOfMean(values)
      guard deviation > 0 else { continue }
      for (row, value) in values.enumerated() { largest[row] = max(largest[row], (value - mean) / deviation) }
    }
    return Double(largest.count { $0 >= largest[0] }) / Double(rows.count)
  }
}
