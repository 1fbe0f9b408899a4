import ONNXGraph

extension Appendix {
  /// Appends the conformal p-value and the decision for a score.
  ///
  /// Both come from `c = #{calibration scores ≤ score}`, counted in integers: the p-value is
  /// (1 + c)/(n + 1), an outlier has 1 + c ≤ k. A score that is not finite counts none.
  ///
  /// - Parameters:
  ///   - score: a tensor, float32 [N].
  ///   - calibration: the calibration scores and k.
  /// - Returns: the tensors of the p-value (float32 [N]) and the decision (bool [N]).
  mutating func calibrate(
    _ score: String, with calibration: ConformalCalibration
  ) -> (pValue: String, isOutlier: String) {
    let count = countAtMost(score, calibration.scores)
    // A table, not a division: engines replace those by multiplications, which round differently.
    let total = Float(calibration.scores.count + 1)
    let pValues = (0...calibration.scores.count).map { Float(1 + $0) / total }
    let table = constant(pValues, dims: [pValues.count])
    let limit = constant([Int64(calibration.rank)], dims: [1])
    return (
      add("Gather", [table, count], ["axis": .int(0)]), add("Less", [count, limit])
    )
  }

  /// Counts the values of a sorted table that are ≤ each score, int64 [N].
  ///
  /// The table is cut into about √n rows of about √n values: the score is compared with the last value
  /// of every row, then with the one row it falls into, so that 2√n comparisons do instead of n.
  mutating func countAtMost(_ score: String, _ sorted: [Float]) -> String {
    let table = RowTable(sorted)
    let column = finiteColumn(score)
    let rows = countAtMost(column, constant(table.lastOfRows, dims: [1, table.rows]))
    let grid = constant(table.values, dims: [table.rows + 1, table.width])
    let row = add("Gather", [grid, rows], ["axis": .int(0)])
    let before = add("Mul", [rows, constant([Int64(table.width)], dims: [1])])
    return add("Add", [before, countAtMost(column, row)])
  }

  /// How many values of each row are ≤ the column's value, int64 [N].
  private mutating func countAtMost(_ column: String, _ rows: String) -> String {
    let isAtMost = add("Not", [add("Greater", [rows, column])])
    return reduce(.sum, cast(isAtMost, to: .int64), axes: [1])
  }

  /// The score as a column [N, 1], with −∞ in place of NaN and both infinities.
  private mutating func finiteColumn(_ score: String) -> String {
    let column = reshape(score, to: [-1, 1])
    let infinity = constant([Float.infinity], dims: [1, 1])
    let isFinite = add("Less", [add("Abs", [column]), infinity])
    return add("Where", [isFinite, column, constant([-Float.infinity], dims: [1, 1])])
  }
}

/// Sorted values cut into rows of one width, with +∞ in the places left over and in one row more.
private struct RowTable {
  let width: Int
  let rows: Int
  /// (rows + 1) × width values.
  let values: [Float]

  init(_ sorted: [Float]) {
    width = max(1, Int(Double(sorted.count).squareRoot().rounded(.up)))
    rows = (sorted.count + width - 1) / width
    values = sorted + Array(repeating: .infinity, count: (rows + 1) * width - sorted.count)
  }

  var lastOfRows: [Float] { (0..<rows).map { values[($0 + 1) * width - 1] } }
}
