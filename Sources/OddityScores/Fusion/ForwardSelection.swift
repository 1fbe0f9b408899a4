import OddityClassifier

/// Chooses the columns of a fusion one after another, within a budget.
///
/// Each step adds the column that reduces the mean loss over kinds most, to second order, and learns all
/// weights again. Columns are not removed by their weights, because columns resemble each other, so a small
/// weight does not mean a useless column.
struct ForwardSelection {
  let costs: ColumnCosts
  /// The share of the classifier's arithmetic and of its bytes that all columns together may cost.
  let budget: Double

  /// For each of some kinds, the columns that are chosen without that kind, in the order of selection; nil
  /// leaves no kind out.
  ///
  /// Choices with the same beginning share the regressions of that beginning.
  ///
  /// - Throws: ``OddityError`` as ``LogisticRegression`` does.
  func columns(_ learning: FusionLearning, withoutEach kinds: [Int?]) throws(OddityError) -> [[Int]] {
    try columns(learning, withoutEach: kinds, after: [], regressions: nil)
  }

  /// - Parameter regressions: the regressions on the chosen columns without the last one.
  private func columns(
    _ learning: FusionLearning, withoutEach kinds: [Int?], after chosen: [Int],
    regressions: [LogisticRegression]?
  ) throws(OddityError) -> [[Int]] {
    let stopped = kinds.map { _ in chosen }
    guard chosen.count < FusionRule.mostColumns else { return stopped }
    let affordable = learning.usable.filter {
      !chosen.contains($0) && costs.share(of: chosen + [$0]) <= budget
    }
    guard !affordable.isEmpty else { return stopped }
    let regressions = try learning.regressions(on: chosen, from: regressions)
    let gains = try learning.gains(of: affordable, beyond: chosen, in: regressions)
    let next = kinds.map { kind in best(gains, without: kind).map { affordable[$0] } }
    var columns = stopped
    for column in Set(next.compactMap { $0 }).sorted() {
      let places = next.indices.filter { next[$0] == column }
      let further = try self.columns(
        learning, withoutEach: places.map { kinds[$0] }, after: chosen + [column], regressions: regressions)
      for (place, choice) in zip(places, further) { columns[place] = choice }
    }
    return columns
  }

  /// The candidate with the largest mean gain over kinds, or the first of equal ones; nil if no gain is large
  /// enough.
  ///
  /// - Parameter gains: by kind, then by candidate.
  private func best(_ gains: [[Double]], without leftOut: Int?) -> Int? {
    let kinds = gains.indices.filter { $0 != leftOut }
    guard let candidates = gains.first?.indices, !kinds.isEmpty else { return nil }
    let mean = candidates.map { place in
      kinds.reduce(0) { $0 + gains[$1][place] } / Double(kinds.count)
    }
    return mean.indices.max { mean[$0] < mean[$1] || (mean[$0] == mean[$1] && $0 > $1) }
      .flatMap { mean[$0] >= FusionRule.leastGain ? $0 : nil }
  }
}
