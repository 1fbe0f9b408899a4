import OddityScores
import ONNXGraph

/// The decision tensors of a guarded model for a score.
struct DecisionTensors {
  /// float32 [N]
  let pValue: Tensor
  /// bool [N]
  let isOutlier: Tensor
}

extension ConformalCalibration {
  /// The conformal p-value and the decision for a score, float32 [N].
  ///
  /// Both are looked up by the number of calibration scores above the score, which is counted in integers.
  /// The number of nodes is kept small, because for one image starting a node takes longer than computing it.
  func decision(on score: Tensor) -> DecisionTensors {
    let table = DescendingTable(scores)
    let above = score.countAbove(table)
    let (atMost, pValues) = (table.countsAtMost, pValues)
    return DecisionTensors(
      pValue: Tensor(atMost.map { pValues[$0] }).rows(at: above),
      isOutlier: Tensor(atMost.map { 1 + $0 <= rank }, dims: [atMost.count]).rows(at: above))
  }
}

extension Tensor {
  /// The number of values of the table above each score, int64 [N].
  fileprivate func countAbove(_ table: DescendingTable) -> Tensor {
    let column = column()
    func count(_ rows: Tensor) -> Tensor { (rows .> column).countTrue() }
    guard table.rows.count > 1 else { return count(Tensor(table.rows[0], dims: [1, table.width])) }
    let rows = count(Tensor(table.lastOfRows, dims: [1, table.lastOfRows.count]))
    let grid = Tensor(table.rows.flatMap { $0 }, dims: [table.rows.count, table.width])
    return rows * Double(table.width) + count(grid.rows(at: rows))
  }
}

extension ConformalCalibration {
  /// The n + 1 possible p-values. They are looked up instead of divided, because engines replace divisions
  /// with multiplications, which round differently.
  var pValues: [Float] {
    let total = Float(scores.count + 1)
    return (0...scores.count).map { Float(1 + $0) / total }
  }
}

/// Calibration scores, sorted and followed by infinities, in rows. The highest row is first, so that the
/// number of rows that end above a score is the index of the row that the score falls into.
///
/// Many scores are stored in about √n rows. A score is compared with the last value of every row, then with
/// one row, which takes 2√n comparisons instead of n. Few scores are stored in one row. Above a finite score
/// there is at least one value, an infinity. Above NaN and +∞ there is none (or all, if an engine treats NaN
/// as the lowest value). Each count therefore tells whether the score is finite.
struct DescendingTable {
  /// Rows of equal width. If there are several, the first contains only infinities.
  let rows: [[Float]]
  let width: Int
  private let scores: Int

  /// Longer tables cost more than two tables, in batches of 64.
  private static let longestRow = 2_048

  /// - Parameter sorted: the scores in ascending order.
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

  /// The last value of each row except the first.
  var lastOfRows: [Float] { rows.dropFirst().map { $0[width - 1] } }

  /// For each number of values above a score, how many calibration scores are at most the score; 0 if it is
  /// not finite.
  var countsAtMost: [Int] {
    let size = rows.count * width
    return (0...size).map { above in above == 0 ? 0 : min(size - above, scores) }
  }
}

extension ClassCalibration {
  /// The conformal p-value and the decision by predicted class.
  ///
  /// The calibration scores of all groups are in one table, sorted by group, then by score. The position of
  /// an image in the table, minus the position where its group begins, is its rank in the group.
  ///
  /// - Parameters:
  ///   - score: float32 [N].
  ///   - logits: float32 [N, C].
  func decision(on score: Tensor, logits: Tensor) -> DecisionTensors {
    let group = Tensor(groups.ofClass).rows(at: logits.argMax(axis: 1))
    let starts = parts.indices.map { index in parts[..<index].reduce(0) { $0 + $1.scores.count } }
    let count = place(of: score, group: group) - Tensor(starts).rows(at: group)
    // Each group has one more p-value than scores.
    let tableStarts = Tensor(starts.enumerated().map { $0 + $1 })
    let isFlagged = count .< Tensor(parts.map(\.rank)).rows(at: group)
    return DecisionTensors(
      pValue: Tensor(parts.flatMap(\.pValues)).rows(at: count + tableStarts.rows(at: group)),
      isOutlier: isFlagged .| .!score.isFinite())
  }

  /// How many calibration scores belong to an earlier group, or to the same group and are ≤ the score, int64
  /// [N].
  private func place(of score: Tensor, group: Tensor) -> Tensor {
    let scores = RowTable(parts.flatMap(\.scores), fill: .infinity)
    let groups = RowTable(
      parts.enumerated().flatMap { index, part in part.scores.map { _ in Int64(index) } },
      fill: Int64(parts.count))
    let (column, groupColumn) = (score.finiteColumn(), group.column())
    /// The number of pairs in each row that are at most the column's pair, int64 [N].
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
