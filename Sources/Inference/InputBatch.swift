/// The values that a batch gives to one input of a network.
package struct InputBatch: Sendable {
  /// Which of the network's inputs.
  package let position: Int
  /// The element type of the input, to which the values are converted.
  package let type: ScalarType
  /// In row-major order.
  package let values: BatchValues
  /// How many rows `values` has; the last one is repeated until `shape` is full.
  package let rows: Int
  package let shape: [Int]

  /// Whether an engine can read the values in place.
  package var isReady: Bool { type == .float32 && rows == shape[0] }
}
