/// The marker segments of a JPEG file (ITU-T T.81, annex B), as far as Oddity looks into them itself.
enum JPEGSegments {
  private static let startOfScan: UInt8 = 0xda
  private static let endOfImage: UInt8 = 0xd9
  private static let app1: UInt8 = 0xe1

  /// The EXIF orientation, 1 to 8; 1 where there is none.
  static func orientation(of bytes: [UInt8]) -> Int {
    var orientation = 1
    _ = walk(bytes) { marker, payload in
      let exif = Array("Exif\0\0".utf8)
      guard marker == app1, bytes[payload].starts(with: exif) else { return true }
      orientation = TIFFDirectory(bytes[payload].dropFirst(exif.count))?[.orientation] ?? 1
      return false
    }
    return orientation
  }

  /// Whether an end-of-image marker follows the first scan's header.
  static func hasEnd(_ bytes: [UInt8]) -> Bool {
    guard let scan = walk(bytes, visit: { _, _ in true }) else { return false }
    return zip(bytes[scan...], bytes[scan...].dropFirst()).contains { $0 == 0xff && $1 == endOfImage }
  }

  /// Visits the segments up to the first scan, until `visit` returns false.
  ///
  /// - Returns: Where the first scan's segment begins; nil where the file ends, or `visit` stopped, before.
  private static func walk(_ bytes: [UInt8], visit: (UInt8, Range<Int>) -> Bool) -> Int? {
    var position = 2
    while position + 4 <= bytes.count {
      guard bytes[position] == 0xff else { return nil }
      let marker = bytes[position + 1]
      if marker == 0xff {
        position += 1
        continue
      }
      if marker == startOfScan { return position }
      let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
      let end = position + 2 + length
      guard length >= 2, end <= bytes.count else { return nil }
      guard visit(marker, (position + 4)..<end) else { return nil }
      position = end
    }
    return nil
  }
}
