/// A TIFF with a new first directory, which is appended to the file's own bytes.
struct TIFFRewriting {
  private let directory: TIFFDirectory
  private var bytes: [UInt8]
  /// The new values. An entry without values is left out.
  private(set) var changes: [Int: [Int]] = [:]

  /// - Parameter directory: the first directory of `bytes`.
  init(_ bytes: [UInt8], _ directory: TIFFDirectory) {
    (self.bytes, self.directory) = (bytes, directory)
  }

  /// Sets the values of an entry, whether it existed or not.
  mutating func set(_ tag: TIFFDirectory.Tag, _ values: [Int]) { changes[tag.rawValue] = values }

  mutating func setParts(of layout: TIFFLayout, at offsets: [Int], _ lengths: [Int]) {
    set(layout.isTiled ? .tileOffsets : .stripOffsets, offsets)
    set(layout.isTiled ? .tileByteCounts : .stripByteCounts, lengths)
  }

  mutating func remove(_ tag: TIFFDirectory.Tag) { changes[tag.rawValue] = [] }

  /// Appends bytes to the file and returns their position.
  mutating func append(_ part: [UInt8]) -> Int {
    // Values must begin at even positions.
    if bytes.count % 2 == 1 { bytes.append(0) }
    defer { bytes += part }
    return bytes.count
  }

  /// The new file; nil if it is too long for 32-bit positions.
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

/// Strips and tiles compressed with deflate that hold more than their part of the image, for example because
/// a writer pads the last strip to the height of the others. libtiff with libdeflate then leaves rows of a
/// strip black, or loses the last bytes.
struct TIFFInflation {
  private let layout: TIFFLayout
  private let isBackwards: Bool

  /// nil if the pixels are not compressed with deflate.
  init?(_ directory: TIFFDirectory) {
    guard [8, 32946].contains(directory.number(.compression)), let layout = TIFFLayout(directory) else {
      return nil
    }
    self.layout = layout
    isBackwards = directory.number(.fillOrder) == 2
  }

  /// Replaces parts that hold too much with parts that hold exactly what belongs to the image.
  ///
  /// - Parameters:
  ///   - bytes: the file.
  ///   - rewriting: the changes to the same file.
  func shorten(_ bytes: [UInt8], _ rewriting: inout TIFFRewriting) throws(ImagingError) {
    var (offsets, lengths) = (layout.offsets, layout.lengths)
    for part in offsets.indices {
      guard let packed = try shortened(part, of: bytes) else { continue }
      (offsets[part], lengths[part]) = (rewriting.append(packed), packed.count)
    }
    guard offsets != layout.offsets else { return }
    rewriting.setParts(of: layout, at: offsets, lengths)
  }

  /// A byte of deflate data cannot become more bytes than this.
  private static let greatestRatio = 1032

  /// A part that is compressed again without what is beyond the image; nil if there is nothing beyond it.
  private func shortened(_ part: Int, of bytes: [UInt8]) throws(ImagingError) -> [UInt8]? {
    let (offset, length) = (layout.offsets[part], layout.lengths[part])
    let needed = layout.pixelBytes(ofPart: part)
    guard offset >= 0, length >= 0, offset <= bytes.count - length, needed / Self.greatestRatio <= length
    else { return nil }
    let packed =
      isBackwards ? bytes[offset..<offset + length].map(\.reversedBits)[...] : bytes[offset..<offset + length]
    let inflater = try Inflater(.zlib)
    let (inflated, step) = [UInt8].filled(count: needed + 1) { output in
      packed.withUnsafeBytes { inflater.inflate($0, into: UnsafeMutableRawBufferPointer(output)) }
    }
    guard let step = step ?? nil, step.written > needed else { return nil }
    let stored = Inflater.stored(inflated[..<needed])
    return isBackwards ? stored.map(\.reversedBits) : stored
  }
}

extension UInt8 {
  /// The bits with the lowest first.
  var reversedBits: UInt8 {
    (0..<8).reduce(0) { $0 | (self >> UInt8($1) & 1) << UInt8(7 - $1) }
  }
}
