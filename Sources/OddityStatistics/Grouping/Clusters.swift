/// Groups of points that are close together. It runs k-means from seeded k-means++ centres (Arthur and
/// Vassilvitskii, 2007), and chooses the number of groups with the largest mean silhouette (Rousseeuw, 1987).
package struct Clusters: Sendable {
  /// The group of each point, counted from 0.
  package let groups: [Int]
  /// The centre of each group.
  package let centres: [[Double]]

  /// Below this mean silhouette, all points are one group (Kaufman and Rousseeuw, *Finding Groups in Data*,
  /// 1990: no substantial structure).
  private static let leastSilhouette = 0.25
  private static let mostSteps = 50
  private static let tries = 4

  /// - Parameters:
  ///   - points: all of the same width.
  ///   - most: the maximum number of groups.
  package init(_ points: [[Double]], most: Int, seed: UInt64) {
    var best = Self.grouped(points, centres: points.isEmpty ? [] : [points.mean])
    var bestSilhouette = Self.leastSilhouette
    var random = SplitMix64(seed: seed)
    for count in 2...max(most, 2) where count < points.count {
      let tried = (0..<Self.tries).map { _ in Self.kMeans(points, count: count, random: &random) }
      guard let found = tried.min(by: { $0.spread < $1.spread }), Set(found.groups).count == count else {
        continue
      }
      let silhouette = Self.silhouette(points, found.groups)
      if silhouette > bestSilhouette { (best, bestSilhouette) = (found, silhouette) }
    }
    (groups, centres) = (best.groups, best.centres)
  }

  private typealias Grouping = (groups: [Int], centres: [[Double]], spread: Double)

  private static func grouped(_ points: [[Double]], centres: [[Double]]) -> Grouping {
    var spread = 0.0
    let groups = points.map { point in
      let distances = centres.map { $0.squaredDistance(point) }
      let nearest = distances.indices.min { distances[$0] < distances[$1] } ?? 0
      spread += distances.isEmpty ? 0 : distances[nearest]
      return nearest
    }
    return (groups, centres, spread)
  }

  private static func kMeans(_ points: [[Double]], count: Int, random: inout SplitMix64) -> Grouping {
    var centres = [points[Int(random.nextUnit() * Double(points.count))]]
    while centres.count < count {
      let weights = points.map { point in centres.map { $0.squaredDistance(point) }.min() ?? 0 }
      var left = random.nextUnit() * weights.reduce(0, +)
      let chosen = weights.firstIndex { weight in
        left -= weight
        return left < 0
      }
      centres.append(points[chosen ?? points.count - 1])
    }
    var grouping = grouped(points, centres: centres)
    for _ in 0..<mostSteps {
      let members = Dictionary(grouping: points.indices, by: { grouping.groups[$0] })
      let moved = grouping.centres.indices.map { group in
        members[group].map { $0.map { points[$0] }.mean } ?? grouping.centres[group]
      }
      let next = grouped(points, centres: moved)
      guard next.groups != grouping.groups else { return next }
      grouping = next
    }
    return grouping
  }

  /// The mean over all points of `(b − a) / max(a, b)`, where a is the mean distance to the own group, and b
  /// that to the nearest other one.
  private static func silhouette(_ points: [[Double]], _ groups: [Int]) -> Double {
    let sizes = Dictionary(grouping: groups, by: \.self).mapValues(\.count)
    let values = points.indices.map { point -> Double in
      var sums: [Int: Double] = [:]
      for other in points.indices where other != point {
        sums[groups[other], default: 0] += points[point].squaredDistance(points[other]).squareRoot()
      }
      let own = groups[point]
      guard let size = sizes[own], size > 1 else { return 0 }
      let within = (sums[own] ?? 0) / Double(size - 1)
      let nearest = sums.filter { $0.key != own }.map { $0.value / Double(sizes[$0.key] ?? 1) }.min() ?? 0
      return max(within, nearest) > 0 ? (nearest - within) / max(within, nearest) : 0
    }
    return Moments.mean(values)
  }
}

extension Array<Double> {
  package func squaredDistance(_ other: [Double]) -> Double {
    var sum = 0.0
    for index in indices { sum += (self[index] - other[index]) * (self[index] - other[index]) }
    return sum
  }
}

extension Array<[Double]> {
  /// The mean of at least one row.
  fileprivate var mean: [Double] {
    let sums = dropFirst().reduce(self[0]) { sum, row in zip(sum, row).map { $0 + $1 } }
    return sums.map { $0 / Double(count) }
  }
}
