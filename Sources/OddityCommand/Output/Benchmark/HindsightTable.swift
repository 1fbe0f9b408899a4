import Oddity

/// Compares `auto` with the best single score in hindsight. Each format decides how to write a cell.
struct HindsightTable {
  let comparison: HindsightComparison

  init(_ comparison: HindsightComparison) { self.comparison = comparison }

  var caption: String {
    "AUROC in per cent. The best is that of \(comparison.candidates) single scores (no ensembles, no fusions; FeatureNorm at "
      + "every block among them) against the same sets. The interval is a 95 % bootstrap interval over images, in which "
      + "the best score is found anew in each resample."
  }

  /// The rows are the mean over all sets, each set, and the means without one set.
  func table(_ escaped: @escaping (String) -> String) -> Table {
    func percent(_ share: Double) -> String { Numbers.fixed(100 * share, 2) }
    let all = comparison.rows.first?.sets ?? []
    return Table(
      comparison.rows,
      [
        .text("sets") { escaped(Self.name($0.sets, of: all)) },
        .text("best in hindsight") { escaped($0.best) },
        .number("AUROC") { percent($0.bestAUROC) },
        .number("AUROC of the best on average") { percent($0.bestOnAverageAUROC) },
        .number("auto") { percent($0.autoAUROC) }, .number("difference") { percent($0.difference) },
        .number("95 % interval") { Numbers.interval($0.differenceCI95?.map { 100 * $0 }, 2) },
      ])
  }

  private static func name(_ sets: [String], of all: [String]) -> String {
    if sets.count == 1 { return sets[0] }
    return sets == all ? "all" : "all but " + all.filter { !sets.contains($0) }.joined(separator: ", ")
  }
}
