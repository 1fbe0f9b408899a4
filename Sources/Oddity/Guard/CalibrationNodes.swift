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
    let table = constant(calibration.pValues, dims: [calibration.pValues.count])
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
    let table = RowTable(sorted, fill: .infinity)
    let column = finiteColumn(score)
    let rows = countAtMost(column, constant(table.lastOfRows, dims: [1, table.rows]))
    let grid = constant(table.values, dims: [table.rows + 1, table.width])
    let row = add("Gather", [grid, rows], ["axis": .int(0)])
    let before = add("Mul", [rows, constant([Int64(table.width)], dims: [1])])
    return add("Add", [before, countAtMost(column, row)])
  }

  /// How many values of each row are ≤ the column's value, int64 [N].
  private mutating func countAtMost(_ column: String, _ rows: String) -> String {
    countTrue(isAtMost(rows, column))
  }
}

extension Appendix {
  /// Whether each value is ≤ the column's, bool [N, M].
  mutating func isAtMost(_ values: String, _ column: String) -> String {
    add("Not", [add("Greater", [values, column])])
  }

  /// How many of each row are true, int64 [N].
  mutating func countTrue(_ rows: String) -> String {
    reduce(.sum, cast(rows, to: .int64), axes: [1])
  }

  /// Whether each value is a finite number, of the tensor's shape.
  mutating func isFinite(_ tensor: String) -> String {
    add("Less", [add("Abs", [tensor]), constant([Float.infinity], dims: [1])])
  }

  /// The score as a column [N, 1], with −∞ in place of NaN and both infinities.
  mutating func finiteColumn(_ score: String) -> String {
    let column = reshape(score, to: [-1, 1])
    let isFinite = isFinite(column)
    return add("Where", [isFinite, column, constant([-Float.infinity], dims: [1, 1])])
  }
}

extension ConformalCalibration {
  /// The n + 1 possible p-values: looked up, not divided, because engines replace divisions by multiplications, which
  /// round differently.
  var pValues: [Float] {
    let total = Float(scores.count + 1)
    return (0...scores.count).map { Float(1 + $0) / total }
  }
}

/// Sorted values cut into rows of one width, with a filling in the places left over and in one row more.
struct RowTable<Element: Sendable> {
  let width: Int
  let rows: Int
  /// (rows + 1) × width values.
  let values: [Element]

  init(_ sorted: [Element], fill: Element) {
    width = max(1, Int(Double(sorted.count).squareRoot().rounded(.up)))
    rows = max(1, (sorted.count + width - 1) / width)
    values = sorted + Array(repeating: fill, count: (rows + 1) * width - sorted.count)
  }

  var lastOfRows: [Element] { (0..<rows).map { values[($0 + 1) * width - 1] } }
}
