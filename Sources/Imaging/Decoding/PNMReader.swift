/// Reads the bytes of a PNM file.
struct PNMReader {
  var input: ByteReader

  init(_ file: ImageFile) { input = ByteReader(file: file, format: "PNM image") }

  /// The digit after the "P" and one byte of white space. A comment after it is not skipped.
  mutating func kind() throws(ImagingError) -> Int {
    let start = Array(try input.take(3))
    if start[2] == UInt8(ascii: "#") { input.position -= 1 }
    return Int(start[1] - UInt8(ascii: "0"))
  }

  /// Digits up to white space, of which one byte is skipped. Comments are ignored, even within a number.
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
    guard let value else { throw input.truncated }
    return value
  }

  /// Pixels as digits 0 (white) and 1, with or without white space between them.
  mutating func bits(_ count: Int) throws(ImagingError) -> [UInt8] {
    try text(count) { reader throws(ImagingError) in
      while let byte = reader.nextByte() {
        if Self.isSpace(byte) { continue }
        guard byte == UInt8(ascii: "0") || byte == UInt8(ascii: "1") else {
          throw reader.damaged("a pixel that is neither 0 nor 1")
        }
        return byte == UInt8(ascii: "0") ? 255 : 0
      }
      throw reader.input.truncated
    }
  }

  mutating func numbers(_ count: Int, _ scale: PNMScale) throws(ImagingError) -> [UInt8] {
    try text(count) { reader throws(ImagingError) in
      let value = try reader.number()
      guard value <= scale.largest else { throw reader.damaged("a value above \(scale.largest)") }
      return scale[value]
    }
  }

  /// This many samples in text, each with at least one character.
  private mutating func text(
    _ count: Int, next: (inout PNMReader) throws(ImagingError) -> UInt8
  ) throws(ImagingError) -> [UInt8] {
    guard count <= input.file.bytes.count - input.position else { throw input.truncated }
    var samples: [UInt8] = []
    samples.reserveCapacity(count)
    for _ in 0..<count { samples.append(try next(&self)) }
    return samples
  }

  /// The next byte outside of comments; nil at the end.
  private mutating func nextByte() -> UInt8? {
    while let byte = input.next() {
      guard byte == UInt8(ascii: "#") else { return byte }
      while let inside = input.next(), inside != 10, inside != 13 {}
    }
    return nil
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

  func damaged(_ reason: String) -> ImagingError { input.file.damaged(input.format, reason) }
}
