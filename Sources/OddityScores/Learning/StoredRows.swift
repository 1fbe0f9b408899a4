import OddityFiles

/// Rows of floats that are written once and then looked up: in a file until the first look, so that they take no memory
/// beside the engine's, and in memory from then on.
package final class StoredRows {
  package let file: RowFile
  private var loaded: [Float]?

  /// - Throws: ``OddityError`` `.output` where no temporary file can be made.
  package init(width: Int) throws(OddityError) {
    file = try RowFile(width: width)
  }

  package var count: Int { file.count }

  /// - Throws: ``OddityError`` `.output` where the disk is full.
  package func append(_ row: some Collection<Float>) throws(OddityError) {
    loaded = nil
    try file.append(row)
  }

  /// All rows, one after another.
  ///
  /// - Throws: ``OddityError`` `.output` where the file cannot be read.
  package func values() throws(OddityError) -> [Float] {
    if let loaded { return loaded }
    let values = try file.values()
    loaded = values
    return values
  }
}
