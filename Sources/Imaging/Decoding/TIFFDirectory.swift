/// The first directory of a TIFF structure, which TIFF files and EXIF segments begin with (TIFF 6.0, section
/// 2); as far as its tags with one 16-bit value go.
struct TIFFDirectory {
  enum Tag: Int {
    case compression = 259
    case photometricInterpretation = 262
    /// How a camera was held: 1 to 8 (EXIF 2.32, section 4.6.4).
    case orientation = 274
  }

  private let bytes: ArraySlice<UInt8>
  private let isLittleEndian: Bool

  /// Nil where the bytes begin otherwise. BigTIFF is not looked into.
  init?(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    if bytes.starts(with: [0x49, 0x49, 42, 0]) {
      isLittleEndian = true
    } else if bytes.starts(with: [0x4d, 0x4d, 0, 42]) {
      isLittleEndian = false
    } else {
      return nil
    }
  }

  /// The value of a tag; nil where it is absent or the structure is damaged.
  subscript(tag: Tag) -> Int? {
    guard let start = integer(at: 4, bytes: 4), let entries = integer(at: start, bytes: 2) else { return nil }
    for entry in 0..<entries {
      let offset = start + 2 + 12 * entry
      guard let number = integer(at: offset, bytes: 2) else { return nil }
      if number == tag.rawValue { return integer(at: offset + 8, bytes: 2) }
    }
    return nil
  }

  private func integer(at offset: Int, bytes count: Int) -> Int? {
    let start = bytes.startIndex + offset
    guard offset >= 0, start + count <= bytes.endIndex else { return nil }
    let digits = bytes[start..<start + count]
    return isLittleEndian
      ? digits.reversed().reduce(0) { $0 << 8 | Int($1) } : digits.reduce(0) { $0 << 8 | Int($1) }
  }
}
