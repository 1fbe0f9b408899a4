import OddityClassifier

/// Chooses the columns of a fusion one after another, within a budget.
///
/// Each step takes the column that makes the mean loss over kinds smallest, to second order, and learns all weights anew. Small
/// weights say nothing of which columns can go: columns resemble each other.
struct ForwardSelection {
  let costs: ColumnCosts
  /// The share of the classifier's arithmetic and of its bytes that all columns together may cost.
  let budget: Double

  /// The chosen columns, in the order in which they were taken.
  ///
  /// - Throws: ``OddityError`` as ``LogisticRegression`` does.
  func columns(_ learning: FusionLearning) throws(OddityError) -> [Int] {
    var chosen: [Int] = []
    while chosen.count < FusionRule.mostColumns {
      let affordable = learning.usable.filter {
        !chosen.contains($0) && costs.share(of: chosen + [$0]) <= budget
      }
      guard !affordable.isEmpty else { break }
      let gains = try learning.gains(of: affordable, beyond: chosen)
      let mean = affordable.indices.map { place in
        gains.reduce(0) { $0 + $1[place] } / Double(max(gains.count, 1))
      }
      // Of equals the first.
      guard let best = mean.indices.max(by: { mean[$0] < mean[$1] || (mean[$0] == mean[$1] && $0 > $1) }),
        mean[best] >= FusionRule.leastGain
      else { break }
      chosen.append(affordable[best])
    }
    return chosen
  }
}
