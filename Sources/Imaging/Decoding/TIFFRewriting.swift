/// A TIFF with another first directory, which stands behind the file's own bytes.
struct TIFFRewriting {
  private let directory: TIFFDirectory
  private var bytes: [UInt8]
  /// The new values; an entry without any is left out.
  private var changes: [Int: [Int]] = [:]

  /// - Parameter directory: the first of `bytes`.
  init(_ bytes: [UInt8], _ directory: TIFFDirectory) {
    (self.bytes, self.directory) = (bytes, directory)
  }

  /// Gives an entry other values, whether it was there or not.
  mutating func set(_ tag: TIFFDirectory.Tag, _ values: [Int]) { changes[tag.rawValue] = values }

  mutating func remove(_ tag: TIFFDirectory.Tag) { changes[tag.rawValue] = [] }

  /// Adds bytes to the file and returns where they begin.
  mutating func append(_ part: [UInt8]) -> Int {
    // Values begin at even places.
    if bytes.count % 2 == 1 { bytes.append(0) }
    defer { bytes += part }
    return bytes.count
  }

  /// The new file; nil where it is too long for the places of 32 bits.
  func file() -> [UInt8]? {
    var copy = self
    let word = directory.isBig ? 8 : 4
    var fields = directory.entries.filter { changes[$0.tag] == nil }.map {
      (tag: $0.tag, bytes: Array($0.field))
    }
    for (tag, values) in changes where !values.isEmpty {
      var value = values.flatMap { encoded($0, word) }
      if value.count > word { value = encoded(copy.append(value), word) }
      // The type is LONG, or LONG8.
      fields.append(
        (tag, encoded(tag, 2) + encoded(word == 8 ? 16 : 4, 2) + encoded(values.count, word) + value))
    }
    fields.sort { $0.tag < $1.tag }
    let content = encoded(fields.count, word == 8 ? 8 : 2) + fields.flatMap(\.bytes) + encoded(0, word)
    let place = encoded(copy.append(content), word)
    guard directory.isBig || copy.bytes.count <= UInt32.max else { return nil }
    copy.bytes.replaceSubrange(word..<2 * word, with: place)
    return copy.bytes
  }

  private func encoded(_ number: Int, _ count: Int) -> [UInt8] {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    return directory.isLittleEndian ? bytes : bytes.reversed()
  }
}
