import OddityFit

/// How much a method gains over another on the mean over all sets, with paired intervals. The paper makes these two comparisons.
///
/// Source: Yu et al., CVPR 2023: FeatureNorm beside earlier methods, and earlier methods with the selected block's norm.
public struct MethodGain: Codable, Sendable, Equatable {
  public let method: String
  public let over: String
  /// Mean AUROC minus the other's, in [−1, 1]; above zero is better.
  public let auroc: Double
  /// 95 % bootstrap interval; nil where a set has a single image.
  public let aurocCI95: [Double]?
  /// Mean FPR95 minus the other's, in [−1, 1]; below zero is better.
  public let fpr95: Double
  public let fpr95CI95: [Double]?

  private enum CodingKeys: String, CodingKey {
    case method, over, auroc
    case aurocCI95 = "auroc_ci95"
    case fpr95
    case fpr95CI95 = "fpr95_ci95"
  }

  /// - Parameters:
  ///   - method: its position among `rows`, which are the first methods of `bootstrap`.
  ///   - other: that of the method that it is compared with.
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

  /// What a method is compared with: the score without the norm, and Energy for FeatureNorm itself.
  static func base(of method: String) -> String? {
    if method == ScoreName.featurenorm.description { return ScoreName.energy.description }
    let suffix = ScoreName.normSuffix
    return method.hasSuffix(suffix) ? String(method.dropLast(suffix.count)) : nil
  }
}
