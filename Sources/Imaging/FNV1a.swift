/// The 64-bit FNV-1a hash (Fowler, Noll, Vo; RFC 9923): identifies images by name and by content.
public struct FNV1a: Sendable {
  public private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  public init() {}

  @inline(__always)
  public mutating func combine(_ byte: UInt8) {
    value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
  }

  public mutating func combine(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes { combine(byte) }
  }

  /// The hash of a text's UTF-8 bytes.
  public static func hash(_ text: String) -> UInt64 {
    var hash = FNV1a()
    for byte in text.utf8 { hash.combine(byte) }
    return hash.value
  }

  /// The hash of the bytes of an array's elements, as they lie in memory.
  public static func hash<Element: BitwiseCopyable>(_ elements: [Element]) -> UInt64 {
    elements.withUnsafeBytes { bytes in
      var hash = FNV1a()
      hash.combine(bytes)
      return hash.value
    }
  }
}
