import OddityFiles

/// Selective prediction: how often accepted images are classified wrongly as fewer images are accepted. Those
/// with the lowest scores are rejected first.
///
/// An image that has no class of the classifier counts as wrong if it is accepted. Images with equal scores
/// are accepted in random order, so their numbers are means over all orders.
public struct RiskCoverage: Codable, Sendable, Equatable {
  /// The mean of the risk over all coverages 1/n, …, n/n. The risk is the share of wrong answers among the
  /// accepted images (Geifman and El-Yaniv, NeurIPS 2017).
  public let aurc: Double
  /// The area under the generalised risk: the share of images that are accepted and answered incorrectly,
  /// integrated over the coverage (Traub et al., NeurIPS 2024).
  public let augrc: Double
  /// The number of images, and how many of them are classified wrongly.
  public let images: Int
  public let wrong: Int

  /// - Parameters:
  ///   - scores: images with higher scores are accepted first; infinities are allowed.
  ///   - isRight: whether each image is classified correctly.
  /// - Returns: nil without images, and if a score is NaN.
  package init?(scores: [Float], isRight: [Bool]) {
    guard !scores.isEmpty, !scores.contains(where: \.isNaN) else { return nil }
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    let count = Double(scores.count)
    var (risks, area, start, wrong) = (0.0, 0.0, 0, 0.0)
    while start < order.count {
      let end = order[start...].firstIndex { scores[$0] != scores[order[start]] } ?? order.count
      let among = Double(order[start..<end].count { !isRight[$0] })
      let share = among / Double(end - start)
      for place in start..<end {
        let before = wrong + share * Double(place - start)
        risks += (before + share) / Double(place + 1)
        area += before + share / 2
      }
      wrong += among
      start = end
    }
    (aurc, augrc) = (risks / count, area / (count * count))
    (images, self.wrong) = (scores.count, isRight.count { !$0 })
  }
}
