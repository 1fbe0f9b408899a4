/// The values of a batch for one input of a network.
package struct InputBatch: Sendable {
  /// The position of the input.
  package let position: Int
  /// The element type of the input, to which the values are converted.
  package let type: ScalarType
  /// In row-major order.
  package let values: BatchValues
  /// The number of rows in `values`. The last row is repeated until `shape` is full.
  package let rows: Int
  package let shape: [Int]

  /// Whether an engine can read the values in place.
  package var isReady: Bool { type == .float32 && rows == shape[0] }
}
