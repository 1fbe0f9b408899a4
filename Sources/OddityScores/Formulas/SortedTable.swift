import ONNXGraph

extension Tensor {
  /// Counts the values of a sorted table that are ≤ each score, int64 [N].
  ///
  /// The table is cut into about √n rows of about √n values. The score is compared with the last value of
  /// every row, then with the row that it falls into. This takes 2√n comparisons instead of n.
  func countAtMost(_ sorted: [Float]) -> Tensor {
    let table = RowTable(sorted, fill: .infinity)
    let column = finiteColumn()
    let rows = Tensor(table.lastOfRows, dims: [1, table.rows]).isAtMost(column).countTrue()
    let grid = Tensor(table.values, dims: [table.rows + 1, table.width])
    return rows * Double(table.width) + grid.rows(at: rows).isAtMost(column).countTrue()
  }

  /// Whether each value is ≤ the column's, bool [N, M].
  package func isAtMost(_ column: Tensor) -> Tensor { .!(self .> column) }

  /// The number of true values in each row, int64 [N].
  package func countTrue() -> Tensor { cast(to: .int64).sum(axis: 1) }

  /// Whether each value is a finite number, of the tensor's shape.
  package func isFinite() -> Tensor { abs() .< Double.infinity }

  /// The score as a column [N, 1], with −∞ instead of NaN and both infinities.
  package func finiteColumn() -> Tensor { column().isFinite().choose(column(), else: -.infinity) }
}

/// Sorted values cut into rows of equal width. Unused places and one more row hold a filling value.
package struct RowTable<Element: Sendable> {
  package let width: Int
  package let rows: Int
  /// (rows + 1) × width values.
  package let values: [Element]

  package init(_ sorted: [Element], fill: Element) {
    width = max(1, Int(Double(sorted.count).squareRoot().rounded(.up)))
    rows = max(1, (sorted.count + width - 1) / width)
    values = sorted + Array(repeating: fill, count: (rows + 1) * width - sorted.count)
  }

  package var lastOfRows: [Element] { (0..<rows).map { values[($0 + 1) * width - 1] } }
}
