import ONNXGraph

extension Appendix {
  /// Appends the conformal p-value and the decision by predicted class.
  ///
  /// The calibration scores of all groups lie in one table, sorted by group, then by score. An image's place in it,
  /// less the place where its group begins, is its rank among the group.
  ///
  /// - Parameters:
  ///   - score: a tensor, float32 [N].
  ///   - logits: float32 [N, C].
  /// - Returns: the tensors of the p-value (float32 [N]) and the decision (bool [N]).
  mutating func calibrate(
    _ score: String, logits: String, with calibration: ClassCalibration
  ) -> (pValue: String, isOutlier: String) {
    let parts = calibration.parts
    let predicted = add("ArgMax", [logits], ["axis": .int(1), "keepdims": .int(0)])
    let group = lookUp(calibration.groups.ofClass.map(Int64.init), predicted)
    let starts = parts.indices.map { index in parts[..<index].reduce(0) { $0 + $1.scores.count } }
    let place = place(of: score, group: group, in: parts)
    let count = add("Sub", [place, lookUp(starts.map(Int64.init), group)])
    // Of every group the table of p-values has one more than there are scores.
    let tableStarts = starts.enumerated().map { Int64($0 + $1) }
    let pValues = parts.flatMap(\.pValues)
    let pValue = add(
      "Gather",
      [constant(pValues, dims: [pValues.count]), add("Add", [count, lookUp(tableStarts, group)])],
      ["axis": .int(0)])
    let isFlagged = add("Less", [count, lookUp(parts.map { Int64($0.rank) }, group)])
    return (pValue, add("Or", [isFlagged, add("Not", [isFinite(score)])]))
  }

  /// How many calibration scores are of an earlier group, or of the same and ≤ the score, int64 [N].
  private mutating func place(
    of score: String, group: String, in parts: [ConformalCalibration]
  ) -> String {
    let scores = RowTable(parts.flatMap(\.scores), fill: .infinity)
    let groups = RowTable(
      parts.enumerated().flatMap { index, part in part.scores.map { _ in Int64(index) } },
      fill: Int64(parts.count))
    let column = finiteColumn(score)
    let groupColumn = reshape(group, to: [-1, 1])
    let last = [1, scores.rows]
    let rows = countAtMost(
      column, groupColumn, scores: constant(scores.lastOfRows, dims: last),
      groups: constant(groups.lastOfRows, dims: last))
    let grid = [scores.rows + 1, scores.width]
    let within = countAtMost(
      column, groupColumn,
      scores: add("Gather", [constant(scores.values, dims: grid), rows], ["axis": .int(0)]),
      groups: add("Gather", [constant(groups.values, dims: grid), rows], ["axis": .int(0)]))
    return add("Add", [add("Mul", [rows, constant([Int64(scores.width)], dims: [1])]), within])
  }

  /// How many pairs of each row are at most the column's pair, int64 [N].
  private mutating func countAtMost(
    _ score: String, _ group: String, scores: String, groups: String
  ) -> String {
    let isSame = add("And", [add("Equal", [groups, group]), isAtMost(scores, score)])
    return countTrue(add("Or", [add("Less", [groups, group]), isSame]))
  }

  /// The value of a table at each index, int64 [N].
  private mutating func lookUp(_ table: [Int64], _ index: String) -> String {
    add("Gather", [constant(table, dims: [table.count]), index], ["axis": .int(0)])
  }
}
