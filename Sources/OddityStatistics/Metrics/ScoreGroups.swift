import OddityFiles

/// Two sets of scores merged in descending order, with equal scores grouped. All ranking metrics are computed
/// from it.
struct ScoreGroups {
  /// The number of scores of each set that have the same value.
  struct Group {
    var inDistribution: Int
    var outOfDistribution: Int
  }

  /// From the highest score to the lowest.
  private(set) var groups: [Group] = []
  let inDistributionCount: Int
  let outOfDistributionCount: Int

  /// - Throws: `OddityError.badData` if a set is empty or a score is NaN. Infinities are ranked as they
  ///   compare.
  init<Value: BinaryFloatingPoint>(
    inDistribution: [Value], outOfDistribution: [Value]
  ) throws(OddityError) {
    try Self.check(inDistribution, of: "in-distribution")
    try Self.check(outOfDistribution, of: "OOD")
    inDistributionCount = inDistribution.count
    outOfDistributionCount = outOfDistribution.count
    merge(Self.descending(inDistribution), Self.descending(outOfDistribution))
  }

  /// The same groups from the lowest score to the highest, with the sets exchanged, so that OOD is the
  /// positive class.
  var reversed: [Group] {
    groups.reversed().map {
      Group(inDistribution: $0.outOfDistribution, outOfDistribution: $0.inDistribution)
    }
  }

  /// Converted to `Double`, which represents every score exactly, because sorting a generic type takes many
  /// times as long.
  private static func descending<Value: BinaryFloatingPoint>(_ scores: [Value]) -> [Double] {
    scores.map { Double($0) }.sorted(by: >)
  }

  private mutating func merge(_ first: [Double], _ second: [Double]) {
    var (i, j) = (0, 0)
    while i < first.count || j < second.count {
      let value =
        i == first.count ? second[j] : j == second.count ? first[i] : max(first[i], second[j])
      let (startOfFirst, startOfSecond) = (i, j)
      while i < first.count, first[i] == value { i += 1 }
      while j < second.count, second[j] == value { j += 1 }
      groups.append(Group(inDistribution: i - startOfFirst, outOfDistribution: j - startOfSecond))
    }
  }

  private static func check<Value: BinaryFloatingPoint>(
    _ scores: [Value], of set: String
  ) throws(OddityError) {
    if scores.isEmpty {
      throw OddityError(.badData, "there are no \(set) scores: metrics need at least one image of each kind")
    }
    if let position = scores.firstIndex(where: \.isNaN) {
      throw OddityError(
        .badData, "the \(set) score at position \(position) is not a number: metrics are undefined")
    }
  }
}
