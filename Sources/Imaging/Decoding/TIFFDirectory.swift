/// The first directory of a TIFF structure, with which TIFF files and EXIF segments begin (TIFF 6.0, section
/// 2; BigTIFF).
///
/// It selects entries as Pillow does: of several with the same tag the first counts, unknown types are
/// skipped, and reading stops at an entry whose value is beyond the end.
struct TIFFDirectory {
  enum Tag: Int {
    case imageWidth = 256
    case imageLength = 257
    case bitsPerSample = 258
    case compression = 259
    case photometricInterpretation = 262
    case fillOrder = 266
    case stripOffsets = 273
    /// How a camera was held: 1 to 8 (EXIF 2.32, section 4.6.4).
    case orientation = 274
    case samplesPerPixel = 277
    case rowsPerStrip = 278
    case stripByteCounts = 279
    case planarConfiguration = 284
    case colourMap = 320
    case tileWidth = 322
    case tileLength = 323
    case tileOffsets = 324
    case tileByteCounts = 325
    case inkSet = 332
    case extraSamples = 338
    case sampleFormat = 339
    case xmp = 700
  }

  struct Entry {
    let tag: Int
    /// The bytes of the entry, with its value or the position of the value.
    let field: ArraySlice<UInt8>
    let value: Value
  }

  /// The uninterpreted content of an entry.
  struct Value {
    fileprivate let type: Int
    let bytes: ArraySlice<UInt8>
    fileprivate let isLittleEndian: Bool
  }

  private let bytes: ArraySlice<UInt8>
  let isLittleEndian: Bool
  /// Whether it is a BigTIFF, with counts and positions of 64 bits.
  let isBig: Bool
  /// The entries before the first damage.
  private(set) var entries: [Entry] = []

  /// Pillow also reads files whose two bytes are in the wrong order.
  static let signatures: [[UInt8]] = [
    [0x49, 0x49, 42, 0], [0x4d, 0x4d, 0, 42], [0x49, 0x49, 0, 42], [0x4d, 0x4d, 42, 0],
    [0x49, 0x49, 43, 0], [0x4d, 0x4d, 0, 43],
  ]

  /// nil if the bytes begin differently.
  init?(_ bytes: ArraySlice<UInt8>) {
    guard Self.signatures.contains(where: { bytes.starts(with: $0) }) else { return nil }
    self.bytes = bytes
    isLittleEndian = bytes.first == 0x49
    isBig = bytes.dropFirst(2).prefix(2).contains(43)
    readEntries()
  }

  /// The value of a tag; nil if it is absent, or if the structure is damaged before it.
  subscript(tag: Tag) -> Value? { entries.first { $0.tag == tag.rawValue }?.value }

  /// The first whole number of a tag.
  func number(_ tag: Tag) -> Int? { self[tag]?.integer }

  private mutating func readEntries() {
    let (pointer, counter, size) = isBig ? (8, 8, 20) : (4, 2, 12)
    guard let start = integer(at: pointer, bytes: pointer), let count = integer(at: start, bytes: counter)
    else { return }
    var outside = 0
    var seen: Set<Int> = []
    for number in 0..<min(count, bytes.count / size) {
      let offset = start + counter + size * number
      guard let tag = integer(at: offset, bytes: 2), let type = integer(at: offset + 2, bytes: 2),
        let values = integer(at: offset + 4, bytes: pointer), offset + size <= bytes.count
      else { return }
      guard let unit = Self.sizes[type], values > 0, values <= bytes.count else { continue }
      let length = values * unit
      var place = offset + 4 + pointer
      if length > pointer {
        outside += length
        guard outside <= bytes.count else { continue }
        guard let pointed = integer(at: place, bytes: pointer), pointed <= bytes.count - length else {
          return
        }
        place = pointed
      }
      guard seen.insert(tag).inserted else { continue }
      let value = Value(type: type, bytes: slice(place, length), isLittleEndian: isLittleEndian)
      entries.append(Entry(tag: tag, field: slice(offset, size), value: value))
    }
  }

  /// The smallest number that any entry of a tag may stand for, including entries that are skipped here; nil
  /// if there is none.
  func smallest(_ tag: Tag) -> Int? {
    let (pointer, counter, size) = isBig ? (8, 8, 20) : (4, 2, 12)
    guard let start = integer(at: pointer, bytes: pointer), let count = integer(at: start, bytes: counter)
    else { return nil }
    var smallest: Int?
    for offset in (0..<min(count, bytes.count / size)).map({ start + counter + size * $0 })
    where integer(at: offset, bytes: 2) == tag.rawValue {
      // Sides are never written with types other than SHORT and LONG.
      let width = [3: 2, 4: 4][integer(at: offset + 2, bytes: 2) ?? 0]
      let value = width.flatMap { integer(at: offset + 4 + pointer, bytes: $0) } ?? 0
      smallest = min(smallest ?? value, value)
    }
    return smallest
  }

  private func slice(_ offset: Int, _ count: Int) -> ArraySlice<UInt8> {
    let start = bytes.startIndex + offset
    return bytes[start..<start + count]
  }

  /// The bytes of one value for each type. Pillow knows no others.
  fileprivate static let sizes = [
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8,
  ]

  private func integer(at offset: Int, bytes count: Int) -> Int? {
    guard offset >= 0, offset <= bytes.count - count else { return nil }
    return Int(exactly: slice(offset, count).unsigned(isLittleEndian: isLittleEndian))
  }
}

extension TIFFDirectory.Value {
  /// The first value, if it is a whole number. Values of type BYTE do not count, because Pillow distinguishes
  /// them from small integers.
  var integer: Int? { number(at: 0).flatMap { Int(exactly: $0) } }

  /// All values, if they are whole numbers.
  var integers: [Int]? {
    guard let size = TIFFDirectory.sizes[type] else { return nil }
    let numbers = stride(from: 0, to: bytes.count, by: size).map { offset in
      number(at: offset).flatMap { Int(exactly: $0) }
    }
    return numbers.contains(nil) ? nil : numbers.compactMap(\.self)
  }

  private func number(at start: Int) -> Double? {
    func unsigned(_ offset: Int, _ count: Int) -> UInt64 {
      bytes.dropFirst(start + offset).prefix(count).unsigned(isLittleEndian: isLittleEndian)
    }
    func word(_ offset: Int) -> UInt32 { UInt32(truncatingIfNeeded: unsigned(offset, 4)) }
    func signed(_ offset: Int) -> Double { Double(Int32(bitPattern: word(offset))) }
    return switch type {
    case 3: Double(unsigned(0, 2))
    case 4, 13: Double(word(0))
    case 5: Double(word(0)) / Double(word(4))
    case 6: Double(Int8(truncatingIfNeeded: unsigned(0, 1)))
    case 8: Double(Int16(truncatingIfNeeded: unsigned(0, 2)))
    case 9: signed(0)
    case 10: signed(0) / signed(4)
    case 11: Double(Float(bitPattern: word(0)))
    case 12: Double(bitPattern: unsigned(0, 8))
    case 16: Double(unsigned(0, 8))
    default: nil
    }
  }
}
