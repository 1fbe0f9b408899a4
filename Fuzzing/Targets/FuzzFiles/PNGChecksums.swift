import CZlib

/// The CRC of each chunk of a PNG. Without repairing it, nearly every mutation would fail at the first chunk.
enum PNGChecksums {
  private static let signature = 8
  /// Length and type precede a chunk's content, and the CRC follows it.
  private static let (head, tail) = (8, 4)

  @Sendable
  static func repair(_ bytes: inout [UInt8]) {
    var start = signature
    while start + head + tail <= bytes.count {
      let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      let end = start + head + length
      guard end + tail <= bytes.count else { return }
      let sum = bytes[(start + 4)..<end].withUnsafeBufferPointer { content in
        crc32(0, content.baseAddress, UInt32(content.count))
      }
      for place in 0..<tail { bytes[end + place] = UInt8(truncatingIfNeeded: sum >> UInt(24 - 8 * place)) }
      start = end + tail
    }
  }
}
