import OddityFit

/// The gain of a method over another one on the mean over all sets, with paired intervals. The paper makes
/// these two comparisons.
///
/// Source: Yu et al., CVPR 2023: FeatureNorm compared with earlier methods, and earlier methods with the
/// selected block's norm.
public struct MethodGain: Codable, Sendable, Equatable {
  public let method: String
  public let over: String
  /// The mean AUROC minus that of the other method, in [−1, 1]. Positive values are better.
  public let auroc: Double
  /// The 95 % bootstrap interval; nil if a set has only one image.
  public let aurocCI95: [Double]?
  /// The mean FPR95 minus that of the other method, in [−1, 1]. Negative values are better.
  public let fpr95: Double
  public let fpr95CI95: [Double]?

  private enum CodingKeys: String, CodingKey {
    case method, over, auroc
    case aurocCI95 = "auroc_ci95"
    case fpr95
    case fpr95CI95 = "fpr95_ci95"
  }

  /// - Parameters:
  ///   - method: the position of the method among `rows`, which are the first methods of `bootstrap`.
  ///   - other: the position of the method that it is compared with.
  init(_ rows: [MethodRow], method: Int, over other: Int, bootstrap: PairedBootstrap) {
    func interval(_ metric: PairedBootstrap.Metric) -> [Double]? {
      bootstrap.differenceInterval(metric, method: method, minus: other, column: .mean).ifFinite
    }
    self.method = rows[method].name
    over = rows[other].name
    auroc = rows[method].mean.metrics.auroc - rows[other].mean.metrics.auroc
    fpr95 = rows[method].mean.metrics.fpr95 - rows[other].mean.metrics.fpr95
    (aurocCI95, fpr95CI95) = (interval(.auroc), interval(.fpr95))
  }

  /// The score to compare a method with: the score without the norm, or Energy for FeatureNorm itself.
  static func base(of method: String) -> String? {
    if method == ScoreName.featurenorm.description { return ScoreName.energy.description }
    let suffix = ScoreName.normSuffix
    return method.hasSuffix(suffix) ? String(method.dropLast(suffix.count)) : nil
  }
}
