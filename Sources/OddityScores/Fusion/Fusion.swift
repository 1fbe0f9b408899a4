import OddityClassifier
import ONNXGraph

/// A weighted sum of columns, `Σ a·x − b·|x|` with x from ``ColumnScale``, learnt from in-distribution images
/// and pseudo-OOD images of several kinds. The term −|x| lets unusually high scores count against an image
/// too.
package struct Fusion: Sendable {
  package struct Column: Sendable {
    package let name: ScoreName
    package let scale: ColumnScale
    /// a
    package let weight: Double
    /// b
    package let foldedWeight: Double
  }

  package let columns: [Column]

  /// The fused score of one image in double precision. It is −∞ if one of the scores is not finite, because
  /// the graph's score is then not a number either, and the image is flagged.
  ///
  /// - Parameter scores: the scores of the columns, in their order.
  func score(_ scores: [Float]) -> Double {
    guard scores.allSatisfy(\.isFinite) else { return -.infinity }
    return zip(columns, scores).reduce(0) { sum, column in
      let x = column.0.scale.standardised(column.1)
      return sum + column.0.weight * x - column.0.foldedWeight * abs(x)
    }
  }
}

extension FittedScore {
  /// A fusion of fitted scores. It is NaN if one of them is not finite.
  ///
  /// - Parameter columns: the fitted scores of its columns, in their order.
  package static func fusion(_ fusion: Fusion, of columns: [FittedScore]) -> FittedScore {
    precondition(columns.count == fusion.columns.count && !columns.isEmpty, "a score for each column")
    let (medians, spreads) = (fusion.columns.map(\.scale.median), fusion.columns.map(\.scale.spread))
    let weights = fusion.columns.map { Float($0.weight) } + fusion.columns.map { Float(-$0.foldedWeight) }
    let matrix = Tensor(weights, dims: [weights.count, 1])
    return FittedScore(["columns": .number(Double(columns.count))]) { x in
      let scores = Tensor.concatenation(columns.map { $0.score(x).column() }, axis: 1)
      let finite = scores.isFinite()
      let known = finite.choose(scores, else: 0)
      let standardised = ((known - Tensor(row: medians)) / Tensor(row: spreads))
        .atLeast(FusionRule.range.lowerBound).atMost(FusionRule.range.upperBound)
      let fused = Tensor.concatenation([standardised, standardised.abs()], axis: 1).matmul(matrix)
      let isKnown = finite.cast(to: .float).min(axes: [1], keep: true) .> 0.5
      return isKnown.choose(fused, else: .nan).flattened()
    }
  }
}
