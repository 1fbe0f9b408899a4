/// Names of files as texts. A name is bytes, and some are not UTF-8; a `String` holds text only.
///
/// Inside, a byte that is not part of UTF-8 stands as a scalar of its own, U+10FE80 to U+10FEFF, so that a text has one
/// name and a name one text. A name that holds such a scalar itself has four of them instead, one for each of its bytes.
/// Outside, every such byte is shown as `\xHH`.
package enum FileName {
  /// The text of a name's bytes.
  package static func text(_ bytes: some Collection<UInt8>) -> String {
    if let text = String(validating: bytes, as: UTF8.self), !hasStandIns(text) { return text }
    var text = ""
    var rest = bytes[...]
    while let byte = rest.first {
      let scalar = wholeScalar(at: rest)
      text.unicodeScalars.append(scalar?.value ?? standIn(byte))
      rest = rest.dropFirst(scalar?.length ?? 1)
    }
    return text
  }

  /// The bytes of a name's text.
  package static func bytes(_ text: String) -> [UInt8] {
    guard hasStandIns(text) else { return Array(text.utf8) }
    return text.unicodeScalars.flatMap { scalar in
      byte(scalar).map { [$0] } ?? Array(String(scalar).utf8)
    }
  }

  /// Passes on a name as the system's calls take it.
  package static func withCString<Result>(_ text: String, _ body: (UnsafePointer<CChar>) -> Result) -> Result
  {
    guard hasStandIns(text) else { return text.withCString(body) }
    return body(bytes(text).map(CChar.init(bitPattern:)) + [0])
  }

  /// How a name is shown: a byte that is not UTF-8 as `\xHH`, with two digits in lower case, and a backslash that could
  /// be taken for the beginning of that as `\x5c`. So the bytes can be had back: every `\xHH` is the byte HH.
  package static func shown(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == backslash || $0 == standInLead }) else { return text }
    return escaped(text) { $0 == "\\" && isEscape($1) }
  }

  /// A message that names files: their bytes that are not UTF-8 become `\xHH`, everything else stays.
  package static func shownInMessage(_ message: String) -> String {
    hasStandIns(message) ? escaped(message) { _, _ in false } : message
  }

  /// A message of one line that names files: as ``shownInMessage(_:)``, and control characters and separators of lines become
  /// `\xHH` too, byte by byte, so that no name moves the cursor or colours a terminal.
  package static func shownOnOneLine(_ message: String) -> String {
    escaped(message) { scalar, _ in
      [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
    }
  }

  /// Whether bytes that are not UTF-8 belong to the name.
  package static func hasStandIns(_ text: String) -> Bool {
    text.utf8.contains(standInLead) && text.unicodeScalars.contains { standIns.contains($0) }
  }

  /// Whether a name's bytes come before another's.
  static func precedes(_ first: String, _ second: String) -> Bool {
    guard hasStandIns(first) || hasStandIns(second) else {
      return first.utf8.lexicographicallyPrecedes(second.utf8)
    }
    return bytes(first).lexicographicallyPrecedes(bytes(second))
  }

  private static let standIns: ClosedRange<Unicode.Scalar> = "\u{10FE80}"..."\u{10FEFF}"
  /// The first byte of a stand-in in UTF-8.
  private static let standInLead: UInt8 = 0xf4
  private static let backslash = UInt8(ascii: "\\")

  private static func standIn(_ byte: UInt8) -> Unicode.Scalar {
    Unicode.Scalar(0x10fe00 + UInt32(byte)) ?? "\u{fffd}"
  }

  private static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
    standIns.contains(scalar) ? UInt8(truncatingIfNeeded: scalar.value) : nil
  }

  /// The scalar that bytes begin with, if they begin with one in UTF-8 that is no stand-in.
  private static func wholeScalar(at bytes: some Collection<UInt8>) -> (value: Unicode.Scalar, length: Int)? {
    for length in 1...4 {
      guard let text = String(validating: bytes.prefix(length), as: UTF8.self) else { continue }
      guard let scalar = text.unicodeScalars.first, !standIns.contains(scalar) else { return nil }
      return (scalar, length)
    }
    return nil
  }

  /// The text with `\xHH` for each byte that is not UTF-8, and for the bytes of each scalar that `isUnwanted` picks out; it
  /// sees what follows, too.
  private static func escaped(
    _ text: String, where isUnwanted: (Unicode.Scalar, Substring.UnicodeScalarView) -> Bool
  ) -> String {
    var shown = ""
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      guard
        let bytes = byte(scalar).map({ [$0] })
          ?? (isUnwanted(scalar, rest) ? Array(String(scalar).utf8) : nil)
      else {
        shown.unicodeScalars.append(scalar)
        continue
      }
      for byte in bytes { shown += (byte < 16 ? "\\x0" : "\\x") + String(byte, radix: 16) }
    }
    return shown
  }

  /// Whether what follows a backslash makes an escape of it.
  private static func isEscape(_ rest: Substring.UnicodeScalarView) -> Bool {
    let next = rest.prefix(3)
    return next.count == 3 && next.first == "x"
      && next.dropFirst().allSatisfy { ("0"..."9").contains($0) || ("a"..."f").contains($0) }
  }
}

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
