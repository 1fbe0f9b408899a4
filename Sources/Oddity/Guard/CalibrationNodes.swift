import ONNXGraph

extension Appendix {
  /// Appends the conformal p-value and the decision for a score.
  ///
  /// Both are looked up by how many calibration scores lie above the score, which is counted in integers. Nodes are few:
  /// on one image each costs an engine more to start than to compute.
  ///
  /// - Parameters:
  ///   - score: a tensor, float32 [N].
  ///   - calibration: the calibration scores and k.
  /// - Returns: the tensors of the p-value (float32 [N]) and the decision (bool [N]).
  mutating func calibrate(
    _ score: String, with calibration: ConformalCalibration
  ) -> (pValue: String, isOutlier: String) {
    let table = DescendingTable(calibration.scores)
    let above = countAbove(score, table)
    let atMost = table.countsAtMost
    let pValues = calibration.pValues
    let pValue = constant(atMost.map { pValues[$0] }, dims: [atMost.count])
    let isOutlier = constant(atMost.map { 1 + $0 <= calibration.rank }, dims: [atMost.count])
    return (
      add("Gather", [pValue, above], ["axis": .int(0)]), add("Gather", [isOutlier, above], ["axis": .int(0)])
    )
  }

  /// How many values of the table lie above each score, int64 [N].
  private mutating func countAbove(_ score: String, _ table: DescendingTable) -> String {
    let column = reshape(score, to: [-1, 1])
    guard table.rows.count > 1 else {
      return countAbove(column, constant(table.rows[0], dims: [1, table.width]))
    }
    let rows = countAbove(column, constant(table.lastOfRows, dims: [1, table.lastOfRows.count]))
    let grid = constant(table.rows.flatMap { $0 }, dims: [table.rows.count, table.width])
    let row = add("Gather", [grid, rows], ["axis": .int(0)])
    let before = add("Mul", [rows, constant([Int64(table.width)], dims: [1])])
    return add("Add", [before, countAbove(column, row)])
  }

  /// How many values of each row are above the column's value, int64 [N].
  private mutating func countAbove(_ column: String, _ rows: String) -> String {
    countTrue(add("Greater", [rows, column]))
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

/// Sorted calibration scores, followed by infinities, in rows; the highest row first, so that the number of rows that end
/// above a score is the index of the one that it falls into.
///
/// Many scores lie in about √n rows: a score is compared with the last of every row, then with one row, so that 2√n
/// comparisons do instead of n. Few lie in one row. Above a finite score there is at least one value, an infinity; above
/// NaN and +∞ there is none (or, where an engine's NaN is below everything, all): so each count tells whether the score
/// is finite.
struct DescendingTable {
  /// Of equal width; of several the first is infinities alone.
  let rows: [[Float]]
  let width: Int
  private let scores: Int

  /// Beyond it two tables cost less than one does, in batches of 64.
  private static let longestRow = 2_048

  /// - Parameter sorted: ascending.
  init(_ sorted: [Float]) {
    let length = sorted.count + 1
    scores = sorted.count
    let width = length <= Self.longestRow ? length : Int(Double(length).squareRoot().rounded(.up))
    let count = (length + width - 1) / width
    let padded = sorted + Array(repeating: .infinity, count: count * width - sorted.count)
    let filled = (0..<count).reversed().map { Array(padded[$0 * width..<($0 + 1) * width]) }
    rows = count == 1 ? filled : [Array(repeating: .infinity, count: width)] + filled
    self.width = width
  }

  /// The last value of each row but the first.
  var lastOfRows: [Float] { rows.dropFirst().map { $0[width - 1] } }

  /// For each count of values above a score, how many calibration scores are at most it: none where it is not finite.
  var countsAtMost: [Int] {
    let size = rows.count * width
    return (0...size).map { above in above == 0 ? 0 : min(size - above, scores) }
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
