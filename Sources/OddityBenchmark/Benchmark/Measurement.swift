/// What one network said of one image set: all that is kept of the pass.
package struct Measurement: Sendable, Equatable {
  /// An image without values.
  package struct Failure: Sendable, Equatable, Codable {
    /// Its row.
    package let row: Int
    /// Why, naming the image.
    package let message: String
  }

  /// What each column holds.
  package let columns: [String]
  /// One row for each image of the set, row after row, [images × columns]; NaN where there is no value.
  package private(set) var values: [Float]
  package private(set) var failures: [Failure]

  package var rowCount: Int { columns.isEmpty ? 0 : values.count / columns.count }

  init(columns: [String], values: [Float] = [], failures: [Failure] = []) {
    (self.columns, self.values, self.failures) = (columns, values, failures)
  }

  /// Adds the next image.
  mutating func append(_ row: some Collection<Float>) {
    precondition(row.count == columns.count, "one value for each column")
    values += row
  }

  /// Adds the next image, which could not be measured.
  mutating func appendFailure(_ message: String) {
    failures.append(Failure(row: rowCount, message: message))
    values += repeatElement(.nan, count: columns.count)
  }

  /// One image's values.
  func row(_ row: Int) -> ArraySlice<Float> {
    values[row * columns.count..<(row + 1) * columns.count]
  }

  /// The rows that have values, ascending.
  var measuredRows: [Int] {
    let failed = Set(failures.map(\.row))
    return (0..<rowCount).filter { !failed.contains($0) }
  }
}
