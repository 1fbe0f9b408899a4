import OddityStatistics
import OddityScores
import ONNXGraph

extension ClassCalibration {
  /// The conformal p-value and the decision by predicted class.
  ///
  /// The calibration scores of all groups lie in one table, sorted by group, then by score. An image's place in it,
  /// less the place where its group begins, is its rank among the group.
  ///
  /// - Parameters:
  ///   - score: float32 [N].
  ///   - logits: float32 [N, C].
  func decision(on score: Tensor, logits: Tensor) -> DecisionTensors {
    let group = Tensor(groups.ofClass).rows(at: logits.argMax(axis: 1))
    let starts = parts.indices.map { index in parts[..<index].reduce(0) { $0 + $1.scores.count } }
    let count = place(of: score, group: group) - Tensor(starts).rows(at: group)
    // Of every group the table of p-values has one more than there are scores.
    let tableStarts = Tensor(starts.enumerated().map { $0 + $1 })
    let isFlagged = count .< Tensor(parts.map(\.rank)).rows(at: group)
    return DecisionTensors(
      pValue: Tensor(parts.flatMap(\.pValues)).rows(at: count + tableStarts.rows(at: group)),
      isOutlier: isFlagged .| .!score.isFinite())
  }

  /// How many calibration scores are of an earlier group, or of the same and ≤ the score, int64 [N].
  private func place(of score: Tensor, group: Tensor) -> Tensor {
    let scores = RowTable(parts.flatMap(\.scores), fill: .infinity)
    let groups = RowTable(
      parts.enumerated().flatMap { index, part in part.scores.map { _ in Int64(index) } },
      fill: Int64(parts.count))
    let (column, groupColumn) = (score.finiteColumn(), group.column())
    /// How many pairs of each row are at most the column's pair, int64 [N].
    func countAtMost(scores: Tensor, groups: Tensor) -> Tensor {
      let isSame = (groups .== groupColumn) .& scores.isAtMost(column)
      return ((groups .< groupColumn) .| isSame).countTrue()
    }
    let last = [1, scores.rows]
    let rows = countAtMost(
      scores: Tensor(scores.lastOfRows, dims: last), groups: Tensor(groups.lastOfRows, dims: last))
    let grid = [scores.rows + 1, scores.width]
    let within = countAtMost(
      scores: Tensor(scores.values, dims: grid).rows(at: rows),
      groups: Tensor(groups.values, dims: grid).rows(at: rows))
    return rows * Double(scores.width) + within
  }
}
