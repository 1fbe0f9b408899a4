import OddityFiles

/// How well a score separates in-distribution images from OOD images, or the mean over several sets. Higher
/// scores are more in-distribution.
///
/// All five are computed from one pass over the merged, tie-grouped scores and lie in [0, 1]. They agree with
/// scikit-learn (`roc_auc_score`, `roc_curve(drop_intermediate=False)`, `average_precision_score`).
public struct DetectionMetrics: Codable, Sendable, Equatable {
  /// The probability that an ID image scores above an OOD image, ties counted half (Mann–Whitney U / (n·m)).
  public let auroc: Double
  /// The share of OOD images at or above t, the largest score that keeps 95 % of ID images (ID positive).
  public let fpr95: Double
  /// The share of ID images at or below t, the smallest score that catches 95 % of OOD images (OOD positive;
  /// OpenOOD since v1.5).
  public let fpr95OpenOOD: Double
  /// Average precision with ID as the positive class.
  public let auprIn: Double
  /// Average precision with OOD as the positive class and the negated score.
  public let auprOut: Double

  private enum CodingKeys: String, CodingKey {
    case auroc, fpr95
    case fpr95OpenOOD = "fpr95_openood"
    case auprIn = "aupr_in"
    case auprOut = "aupr_out"
  }

  /// - Parameters:
  ///   - inDistribution: one score for each ID image.
  ///   - outOfDistribution: one score for each OOD image.
  /// - Throws: `OddityError.badData` if a set is empty or a score is NaN. Infinities are allowed.
  public init<Value: BinaryFloatingPoint>(
    inDistribution: [Value], outOfDistribution: [Value]
  ) throws(OddityError) {
    let merged = try ScoreGroups(inDistribution: inDistribution, outOfDistribution: outOfDistribution)
    let (positives, negatives) = (merged.inDistributionCount, merged.outOfDistributionCount)
    let reversed = merged.reversed
    auroc = Self.auroc(merged.groups, positives: positives, negatives: negatives)
    fpr95 = Self.fpr95(merged.groups, positives: positives, negatives: negatives)
    fpr95OpenOOD = Self.fpr95(reversed, positives: negatives, negatives: positives)
    auprIn = Self.averagePrecision(merged.groups, positives: positives)
    auprOut = Self.averagePrecision(reversed, positives: negatives)
  }

  /// Whether the metrics are defined: neither set is empty, and no score is NaN.
  package static func areDefined(_ inDistribution: [Float], _ outOfDistribution: [Float]) -> Bool {
    [inDistribution, outOfDistribution].allSatisfy { !$0.isEmpty && !$0.contains(where: \.isNaN) }
  }

  /// Twice U is counted in integers, exact up to 2⁶³: 2·n·m may reach that for two billion images each.
  private static func auroc(_ groups: [ScoreGroups.Group], positives: Int, negatives: Int) -> Double {
    var below = negatives
    var twiceWins = 0
    for group in groups {
      below -= group.outOfDistribution
      twiceWins += group.inDistribution * (2 * below + group.outOfDistribution)
    }
    return Double(twiceWins) / (2 * Double(positives) * Double(negatives))
  }

  /// The false-positive rate at the first threshold with `20 · kept ≥ 19 · positives`.
  private static func fpr95(_ groups: [ScoreGroups.Group], positives: Int, negatives: Int) -> Double {
    var kept = 0
    var accepted = 0
    for group in groups where 20 * kept < 19 * positives {
      kept += group.inDistribution
      accepted += group.outOfDistribution
    }
    return Double(accepted) / Double(negatives)
  }

  /// `Σ (R_g − R_{g−1}) · P_g` over the distinct scores, the definition of `average_precision_score`.
  private static func averagePrecision(_ groups: [ScoreGroups.Group], positives: Int) -> Double {
    var kept = 0
    var seen = 0
    var sum = 0.0
    for group in groups {
      kept += group.inDistribution
      seen += group.inDistribution + group.outOfDistribution
      sum += Double(group.inDistribution) * (Double(kept) / Double(seen))
    }
    return sum / Double(positives)
  }
}

extension DetectionMetrics {
  /// The unweighted mean of at least one set's values.
  package init(meanOf sets: [DetectionMetrics]) {
    let count = Double(sets.count)
    auroc = sets.reduce(0) { $0 + $1.auroc } / count
    fpr95 = sets.reduce(0) { $0 + $1.fpr95 } / count
    fpr95OpenOOD = sets.reduce(0) { $0 + $1.fpr95OpenOOD } / count
    auprIn = sets.reduce(0) { $0 + $1.auprIn } / count
    auprOut = sets.reduce(0) { $0 + $1.auprOut } / count
  }
}

/// The scores of one method on the images on which methods are compared. Higher scores are more
/// in-distribution.
public struct MethodScores: Sendable {
  /// The name of the method in tables.
  public let name: String
  /// One score for each ID image.
  public let inDistribution: [Float]
  /// For each OOD set, one score for each of its images.
  public let outOfDistribution: [[Float]]

  public init(name: String, inDistribution: [Float], outOfDistribution: [[Float]]) {
    self.name = name
    self.inDistribution = inDistribution
    self.outOfDistribution = outOfDistribution
  }

  /// How well the score separates ID from each OOD set.
  ///
  /// - Parameter sets: the names of the OOD sets.
  /// - Throws: ``OddityError`` `.badData`, with the method and the set, if a set is empty or a score is NaN.
  package func metrics(sets: [String]) throws(OddityError) -> [DetectionMetrics] {
    precondition(sets.count == outOfDistribution.count, "scores of every set")
    return try zip(sets, outOfDistribution).map { set, scores throws(OddityError) in
      do throws(OddityError) {
        return try DetectionMetrics(inDistribution: inDistribution, outOfDistribution: scores)
      } catch {
        throw OddityError(error.code, "\(name) on \(set): \(error.message)", underlying: error)
      }
    }
  }
}
