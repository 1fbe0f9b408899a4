import Foundation
import OddityClassifier

/// A fusion with its results on images and kinds that neither its columns nor its weights were learnt from.
package struct LearntFusion: Sendable {
  package let fusion: Fusion
  /// AUROC of select images against each kind, with a fusion learnt without that kind and on the other half
  /// of the images.
  package let aurocs: [Double]
  /// FPR95 under the same conditions.
  package let fpr95s: [Double]
  package let report: FusionReport

  /// Learns a fusion of columns that are chosen within a budget.
  ///
  /// - Throws: ``OddityError`` `.badData` if there are too few images, or if no column is usable; otherwise
  ///   as ``LogisticRegression`` does.
  package init(_ table: ColumnTable, costs: ColumnCosts, budget: Double) throws(OddityError) {
    let selection = ForwardSelection(costs: costs, budget: budget)
    try self.init(.fusion, table, costs: costs) { learning, kinds throws(OddityError) in
      guard learning.usable.contains(where: { costs.share(of: [$0]) <= budget }) else {
        throw OddityError.nothingToFuse(learning, budget: budget)
      }
      return try selection.columns(learning, withoutEach: kinds)
    }
  }

  /// Learns a fusion of all columns of a table.
  ///
  /// - Throws: likewise, and also if one of the columns is not usable.
  package init(_ name: ScoreName, ofAll table: ColumnTable, costs: ColumnCosts) throws(OddityError) {
    let usable = FusionLearning(table).usable
    if let unusable = table.names.indices.first(where: { !usable.contains($0) }) {
      throw OddityError(
        .badData,
        "\(name): \(table.names[unusable]) has the same value on most select images, or is not finite on "
          + "some: leave it out"
      )
    }
    try self.init(name, table, costs: costs) { learning, kinds in kinds.map { _ in learning.usable } }
  }

  /// - Parameter choose: chooses the columns without each of some kinds; nil leaves no kind out.
  private init(
    _ name: ScoreName, _ table: ColumnTable, costs: ColumnCosts,
    choosing choose: @Sendable (FusionLearning, [Int?]) throws(OddityError) -> [[Int]]
  ) throws(OddityError) {
    guard table.isLargeEnough else { throw OddityError.tooFewForFusion(table) }
    let (learning, halves) = (FusionLearning(table), try FusionHalves(table))
    let kinds: [Int?] = Array(table.kinds.indices)
    // The choices take nearly all of the time.
    let choices = try LAPACK.concurrentMap([(learning, [nil])] + halves.learnings.map { ($0, kinds) }) {
      learning, kinds throws(OddityError) in try choose(learning, kinds)
    }
    let columns = choices[0][0]
    guard !columns.isEmpty else {
      throw OddityError(
        .badData, "fusion finds no column that tells images from pseudo-OOD images: check the preprocessing")
    }
    fusion = learning.fusion(of: columns, weights: try learning.weights(of: columns))
    let judged = try halves.metrics(Array(choices.dropFirst()))
    (aurocs, fpr95s) = (judged.aurocs, judged.fpr95s)
    // First with all columns, then without each of them.
    let means = try LAPACK.concurrentMap([nil] + columns.map { $0 as Int? }) { dropped throws(OddityError) in
      try halves.metrics(ofAll: columns.filter { $0 != dropped }).aurocs.mean
    }
    report = FusionReport(
      name: name.description,
      columns: zip(fusion.columns, means.dropFirst()).map { FusionReport.Column($0, adds: means[0] - $1) },
      kinds: table.kinds.map(\.name), aurocs: aurocs, cost: costs.report(of: columns))
  }
}

extension [Double] {
  fileprivate var mean: Double { reduce(0, +) / Double(Swift.max(count, 1)) }
}

extension OddityError {
  /// The error if no usable column fits into the budget, or if none is usable.
  fileprivate static func nothingToFuse(_ learning: FusionLearning, budget: Double) -> OddityError {
    guard !learning.usable.isEmpty else {
      return OddityError(
        .badData, "fusion finds no score that varies on the images: check the preprocessing")
    }
    return OddityError(
      .badData,
      "no score costs as little as \(.settings, "fusion.cost=\(budget)") allows: allow more, or name another score than fusion"
    )
  }

  /// The error if there are too few images to learn or to choose.
  package static func tooFewForFusion(_ table: ColumnTable) -> OddityError {
    let made = table.kinds.map(\.rows.count).filter { $0 > 0 }
    let found =
      made.count < FusionRule.leastKinds
      ? "\(table.images.count) images, too few to make \(FusionRule.leastKinds) kinds of pseudo-OOD images"
      : "\(table.images.count) images, and \(made.count) kinds of at least \(made.min() ?? 0)"
    return OddityError(
      .badData,
      "choosing or fusing scores needs at least \(FusionRule.leastImages) images of the select part and "
        + "\(FusionRule.leastImagesPerKind) pseudo-OOD images of each of \(FusionRule.leastKinds) kinds or "
        + "more; there are \(found): some "
        + "\(FusionRule.leastImagesPerKind * Swift.max(table.kinds.count, FusionRule.leastKinds)) images "
        + "with \(.inDistribution) are enough, or name a score, such as energy+norm")
  }
}
