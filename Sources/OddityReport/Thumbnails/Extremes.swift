/// The positions of the most and the least in-distribution images of a set.
struct Extremes: Sendable, Equatable {
  /// From the highest score down.
  let most: [Int]
  /// From the lowest score up; no image is in both.
  let least: [Int]

  /// - Parameters:
  ///   - scores: one for each image; higher is more in-distribution, NaN is lower than every number.
  ///   - count: how many on each side; fewer where the set has less than twice as many.
  init(scores: [Float], count: Int) {
    let ascending = scores.indices.sorted { first, second in
      let (low, high) = (Self.key(scores[first]), Self.key(scores[second]))
      return low == high ? first < second : low < high
    }
    let lowCount = min(count, scores.count / 2)
    least = Array(ascending.prefix(lowCount))
    most = Array(ascending.dropFirst(lowCount).suffix(count).reversed())
  }

  private static func key(_ score: Float) -> Float { score.isNaN ? -.infinity : score }
}
