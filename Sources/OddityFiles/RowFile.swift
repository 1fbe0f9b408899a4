import Foundation

/// Rows of floats that are written once and read in order, in a file without a name. Memory does not grow
/// with the number of images until rows are looked up.
package final class RowFile {
  package let width: Int
  package private(set) var count = 0
  private let file: FileHandle
  private var pending: [Float] = []
  /// All rows, after the first look-up.
  private var loaded: [Float]?

  private static let bufferedFloats = 1 << 14

  /// - Throws: ``OddityError`` `.output` if no temporary file can be created.
  package init(width: Int) throws(OddityError) {
    self.width = width
    let path = FileManager.default.temporaryDirectory.appending(path: "oddity-rows-\(UUID().uuidString)").path
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw OddityError(
        .output, "cannot make a temporary file (\(path)): \(String(cString: strerror(errno))); set TMPDIR")
    }
    unlink(path)
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// - Throws: ``OddityError`` `.output` if the disk is full.
  package func append(_ row: some Collection<Float>) throws(OddityError) {
    precondition(row.count == width, "rows of one width")
    loaded = nil
    pending += row
    count += 1
    if pending.count >= Self.bufferedFloats { try flush() }
  }

  /// Passes the rows to `body` in order, in chunks of at most this size.
  package func forEachStretch(of size: Int, _ body: (_ rows: [Float], _ count: Int) async throws -> Void)
    async throws
  {
    try flush()
    try Self.reading { try file.seek(toOffset: 0) }
    var left = count
    while left > 0 {
      let rows = min(size, left)
      let data = try Self.reading { try file.read(upToCount: rows * width * 4) } ?? Data()
      guard data.count == rows * width * 4 else {
        throw Self.lostContent
      }
      try await body(data.floats, rows)
      left -= rows
    }
    try Self.reading { _ = try file.seekToEnd() }
  }

  /// Foundation's own errors print many lines, and are not an ``OddityError``.
  private static func reading<Result>(_ body: () throws -> Result) throws(OddityError) -> Result {
    do {
      return try body()
    } catch {
      throw unreadable(error)
    }
  }

  private static func unreadable(_ error: any Error) -> OddityError {
    OddityError(
      .output, "cannot read a temporary file: set TMPDIR to a folder on another disk", underlying: error)
  }

  /// All rows, one after another. They stay in memory afterwards.
  ///
  /// - Throws: ``OddityError`` `.output` if they cannot be written or read.
  package func values() throws(OddityError) -> [Float] {
    if let loaded { return loaded }
    try flush()
    do {
      try file.seek(toOffset: 0)
      var values: [Float] = []
      values.reserveCapacity(count * width)
      // Read piece by piece, so that the rows are in memory only once.
      while let piece = try file.read(upToCount: 4 * Self.bufferedFloats), !piece.isEmpty {
        values += piece.floats
      }
      guard values.count == count * width else { throw Self.lostContent }
      loaded = values
      return values
    } catch {
      throw error as? OddityError ?? Self.unreadable(error)
    }
  }

  private static let lostContent = OddityError(.output, "a temporary file lost its content")

  private func flush() throws(OddityError) {
    guard !pending.isEmpty else { return }
    do {
      try pending.withUnsafeBytes { try file.write(contentsOf: Data($0)) }
    } catch {
      throw OddityError(
        .output,
        "cannot write a temporary file, perhaps because the disk is full: set TMPDIR to a folder on "
          + "another disk", underlying: error)
    }
    pending.removeAll(keepingCapacity: true)
  }
}

extension Data {
  /// The bytes as floats. Their memory may not be aligned for floats.
  fileprivate var floats: [Float] {
    [Float](unsafeUninitializedCapacity: count / 4) { floats, written in
      written = copyBytes(to: floats) / 4
    }
  }
}
