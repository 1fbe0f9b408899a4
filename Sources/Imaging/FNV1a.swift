/// The 64-bit FNV-1a hash (Fowler, Noll, Vo; RFC 9923): identifies images by name and by content.
package enum FNV1a {
  /// The hash of a text's UTF-8 bytes.
  package static func hash(_ text: String) -> UInt64 { hash(bytes: text.utf8) }

  /// The hash of a file name's own bytes.
  static func hash(name: String) -> UInt64 {
    FileName.hasStandIns(name) ? hash(bytes: FileName.bytes(name)) : hash(bytes: name.utf8)
  }

  /// The hash of the bytes of an array's elements, as they lie in memory.
  static func hash<Element: BitwiseCopyable>(_ elements: [Element]) -> UInt64 {
    elements.withUnsafeBytes { hash(bytes: $0) }
  }

  private static func hash(bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
  }
}
