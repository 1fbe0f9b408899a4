/// Goes through the bytes of a PNM file.
struct PNMReader {
  private let bytes: [UInt8]
  private let name: String
  private var position = 0

  init(_ bytes: [UInt8], name: String) { (self.bytes, self.name) = (bytes, name) }

  var remaining: Int { bytes.count - position }

  /// The digit behind the "P", and one byte of white space behind it; a comment there stays.
  mutating func kind() throws(ImagingError) -> Int {
    guard bytes.count > 2 else { throw truncated }
    position = bytes[2] == UInt8(ascii: "#") ? 2 : 3
    return Int(bytes[1] - UInt8(ascii: "0"))
  }

  /// Digits up to white space, of which one byte is passed over. Comments count for nothing, within a number too.
  mutating func number() throws(ImagingError) -> Int {
    var value: Int?
    while let byte = nextByte() {
      if Self.isSpace(byte) {
        if let value { return value }
      } else {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), (value ?? 0) < 1_000_000_000 else {
          throw damaged("a number with other characters than digits, or too many of them")
        }
        value = (value ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
      }
    }
    guard let value else { throw truncated }
    return value
  }

  /// The next byte that is neither white space nor in a comment.
  mutating func digit() throws(ImagingError) -> UInt8 {
    while let byte = nextByte() {
      if !Self.isSpace(byte) { return byte }
    }
    throw truncated
  }

  mutating func take(_ count: Int) throws(ImagingError) -> ArraySlice<UInt8> {
    guard count <= remaining else { throw truncated }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// The next byte that is in no comment; nil at the end.
  private mutating func nextByte() -> UInt8? {
    while position < bytes.count, bytes[position] == UInt8(ascii: "#") {
      while position < bytes.count, bytes[position] != 10, bytes[position] != 13 { position += 1 }
      position += 1
    }
    guard position < bytes.count else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

  func damaged(_ reason: String) -> ImagingError {
    ImagingError(.corrupt, "'\(name)' is a damaged PNM image; re-create it", underlying: reason)
  }

  private var truncated: ImagingError {
    ImagingError(.truncated, "'\(name)' is a truncated PNM image; copy or re-create it")
  }
}
