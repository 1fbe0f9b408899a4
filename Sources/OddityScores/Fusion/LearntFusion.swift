import Foundation
import OddityClassifier

/// A fusion with what it is worth on images and kinds that its weights were not learnt from.
package struct LearntFusion: Sendable {
  package let fusion: Fusion
  /// AUROC of select images against each kind, by weights that were learnt without that kind, and on the other half of the images.
  package let aurocs: [Double]
  /// FPR95, likewise.
  package let fpr95s: [Double]
  package let report: FusionReport

  /// Learns a fusion of columns that are chosen within a budget.
  ///
  /// - Throws: ``OddityError`` `.badData` where there are too few images, or no column can enter; else as
  ///   ``LogisticRegression`` does.
  package init(_ table: ColumnTable, costs: ColumnCosts, budget: Double) throws(OddityError) {
    let selection = ForwardSelection(costs: costs, budget: budget)
    try self.init(.fusion, table, costs: costs) { learning throws(OddityError) in
      try selection.columns(learning)
    }
  }

  /// Learns a fusion of all columns of a table.
  ///
  /// - Throws: likewise.
  package init(_ name: ScoreName, ofAll table: ColumnTable, costs: ColumnCosts) throws(OddityError) {
    try self.init(name, table, costs: costs) { learning in learning.usable }
  }

  private init(
    _ name: ScoreName, _ table: ColumnTable, costs: ColumnCosts,
    choosing choose: (FusionLearning) throws(OddityError) -> [Int]
  ) throws(OddityError) {
    guard table.isLargeEnough else { throw OddityError.tooFewForFusion(table) }
    let learning = FusionLearning(table)
    let columns = try choose(learning)
    guard !columns.isEmpty else {
      throw OddityError(
        .badData, "fusion finds no column that tells images from pseudo-OOD images: check the preprocessing")
    }
    fusion = learning.fusion(of: columns, weights: try learning.weights(of: columns))
    let halves = try (0..<2).map { half throws(OddityError) in
      let learning = FusionLearning(table.half(1 - half))
      return Half(judged: table.half(half), learning: learning, columns: try choose(learning))
    }
    let judged = try halves.map { half throws(OddityError) in try half.metrics() }
    let count = Double(table.images.count)
    func mean(_ value: (DetectionMetrics) -> Double) -> [Double] {
      table.kinds.indices.map { kind in
        zip(halves, judged).reduce(0) { $0 + value($1.1[kind]) * Double($1.0.judged.images.count) / count }
      }
    }
    (aurocs, fpr95s) = (mean(\.auroc), mean(\.fpr95))
    let whole = aurocs.mean
    report = FusionReport(
      name: name.description,
      columns: try fusion.columns.enumerated().map { place, column throws(OddityError) in
        let rest = try halves.map { half throws(OddityError) in
          try half.without(table.names[columns[place]]).metrics()
        }
        let without = zip(halves, rest).reduce(0) {
          $0 + $1.1.map(\.auroc).mean * Double($1.0.judged.images.count) / count
        }
        return FusionReport.Column(column, adds: whole - without)
      }, kinds: table.kinds.map(\.name), aurocs: aurocs, cost: costs.report(of: columns))
  }

  /// One half of the images, judged by what was learnt from the other one.
  private struct Half {
    let judged: ColumnTable
    let learning: FusionLearning
    let columns: [Int]

    func without(_ name: ScoreName) -> Half {
      Half(judged: judged, learning: learning, columns: columns.filter { judged.names[$0] != name })
    }

    /// Against each kind, by weights learnt without it.
    func metrics() throws(OddityError) -> [DetectionMetrics] {
      let weights = try learning.weights(of: columns)
      guard weights.count == judged.kinds.count, judged.images.count > 0 else {
        throw OddityError(
          .badData,
          "fusion cannot be judged: one half of the images is empty, or no score varies on it; give more images with \(.inDistribution)"
        )
      }
      return try judged.kinds.indices.map { kind throws(OddityError) in
        var others = weights
        others.remove(at: kind)
        let fusion = learning.fusion(of: columns, weights: others)
        return try DetectionMetrics(
          inDistribution: scores(judged.images, fusion),
          outOfDistribution: scores(judged.kinds[kind].rows, fusion))
      }
    }

    private func scores(_ rows: ColumnTable.Rows, _ fusion: Fusion) -> [Double] {
      (0..<rows.count).map { row in fusion.score(columns.map { rows.columns[$0][row] }) }
    }
  }
}

extension [Double] {
  fileprivate var mean: Double { reduce(0, +) / Double(Swift.max(count, 1)) }
}

extension OddityError {
  /// What learning or choosing needs.
  package static func tooFewForFusion(_ table: ColumnTable) -> OddityError {
    let fewest = table.kinds.map(\.rows.count).min() ?? 0
    return OddityError(
      .badData,
      "fusion learns from at least \(FusionRule.leastImages) images of the select part and from "
        + "\(FusionRule.leastImagesPerKind) pseudo-OOD images of each of \(FusionRule.leastKinds) kinds or more; there are "
        + "\(table.images.count) images, and \(table.kinds.count) kinds of at least \(fewest): give more images with "
        + "\(.inDistribution), or name another score, such as energy+norm")
  }
}
