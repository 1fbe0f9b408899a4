import OddityFit

/// The distance between the score that `auto` chose without OOD images and the best single score. The latter
/// is known only from OOD images.
///
/// The single scores are all scores of a suite except ensembles and fusions, and FeatureNorm at every block.
public struct HindsightComparison: Codable, Sendable, Equatable {
  /// The number of single scores that the best is chosen from.
  public let candidates: Int
  /// The mean over the OOD sets, then each set, then the mean without each set. No combination of sets
  /// appears twice.
  public let rows: [HindsightRow]

  /// - Parameters:
  ///   - auto: the position of `auto` among the methods.
  ///   - candidates: the positions of the single scores, at least one.
  ///   - names: the names of all methods.
  ///   - aurocs: the AUROC of all methods against each set.
  ///   - sets: the names of the OOD sets.
  ///   - bootstrap: the bootstrap of all methods.
  init(
    of auto: Int, among candidates: [Int], names: [String], aurocs: [[Double]], sets: [String],
    bootstrap: PairedBootstrap
  ) {
    let each = sets.count > 1 ? sets.indices.map(PairedBootstrap.Column.set) : []
    let reduced = sets.count > 2 ? sets.indices.map(PairedBootstrap.Column.meanWithout) : []
    let columns = [.mean] + each + reduced
    let mean = Self.best(of: candidates, aurocs, on: .mean)
    self.candidates = candidates.count
    rows = columns.map { column in
      let best = Self.best(of: candidates, aurocs, on: column)
      let interval = bootstrap.differenceToLargestInterval(
        .auroc, method: auto, others: candidates, column: column)
      return HindsightRow(
        sets: column.sets(of: sets.count).map { sets[$0] }, best: names[best],
        bestAUROC: Self.auroc(aurocs[best], on: column), bestOnAverage: names[mean],
        bestOnAverageAUROC: Self.auroc(aurocs[mean], on: column),
        autoAUROC: Self.auroc(aurocs[auto], on: column),
        differenceCI95: interval.ifFinite)
    }
  }

  private static func auroc(_ aurocs: [Double], on column: PairedBootstrap.Column) -> Double {
    Moments.mean(column.sets(of: aurocs.count).map { aurocs[$0] })
  }

  /// The candidate with the largest AUROC. The first one wins a tie.
  private static func best(
    of candidates: [Int], _ aurocs: [[Double]], on column: PairedBootstrap.Column
  ) -> Int {
    candidates.dropFirst().reduce(candidates[0]) { best, candidate in
      auroc(aurocs[candidate], on: column) > auroc(aurocs[best], on: column) ? candidate : best
    }
  }
}

/// `auto` and the best single score against some OOD sets. AUROC is in [0, 1], and is the unweighted mean
/// over the sets.
public struct HindsightRow: Codable, Sendable, Equatable {
  public let sets: [String]
  /// The single score with the largest AUROC against these sets.
  public let best: String
  public let bestAUROC: Double
  /// The single score with the largest mean AUROC over all sets.
  public let bestOnAverage: String
  public let bestOnAverageAUROC: Double
  public let autoAUROC: Double
  /// The 95 % bootstrap interval of the AUROC of `auto` minus that of the best, which is chosen again in each
  /// resample; nil if a set has only one image.
  public let differenceCI95: [Double]?

  /// How much better `auto` is than the best; negative if it is worse.
  public var difference: Double { autoAUROC - bestAUROC }

  private enum CodingKeys: String, CodingKey {
    case sets, best
    case bestAUROC = "best_auroc"
    case bestOnAverage = "best_on_average"
    case bestOnAverageAUROC = "best_on_average_auroc"
    case autoAUROC = "auto_auroc"
    case differenceCI95 = "difference_ci95"
  }
}
