/// Converts between file names and texts. A name consists of bytes, and some are not UTF-8, but a `String`
/// can only hold text.
///
/// Internally, each byte that is not part of UTF-8 becomes a scalar from U+10FE80 to U+10FEFF, so names and
/// texts correspond one to one. If a name itself contains such a scalar, each of its four bytes becomes one.
/// In output, every such byte is shown as `\xHH`.
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

  /// Passes a name to a system call.
  package static func withCString<Result>(_ text: String, _ body: (UnsafePointer<CChar>) -> Result) -> Result
  {
    guard hasStandIns(text) else { return text.withCString(body) }
    return body(bytes(text).map(CChar.init(bitPattern:)) + [0])
  }

  /// The displayed form of a name. A byte that is not UTF-8 becomes `\xHH`, with two digits in lower case,
  /// and a backslash that could be mistaken for the beginning of that becomes `\x5c`. The bytes can therefore
  /// be recovered: every `\xHH` is the byte HH.
  package static func shown(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == backslash || $0 == standInLead }) else { return text }
    return escaped(text) { $0 == "\\" && isEscape($1) }
  }

  /// The displayed form of a message that contains file names. Their bytes that are not UTF-8 become `\xHH`,
  /// and everything else stays.
  package static func shownInMessage(_ message: String) -> String {
    hasStandIns(message) ? escaped(message) { _, _ in false } : message
  }

  /// The displayed form of a message on one line. It is like ``shownInMessage(_:)``, but control characters
  /// and line separators also become `\xHH`, byte by byte, so that no name can move the cursor or change the
  /// colour of a terminal.
  package static func shownOnOneLine(_ message: String) -> String {
    escaped(message) { scalar, _ in
      [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
    }
  }

  /// Whether the name contains bytes that are not UTF-8.
  package static func hasStandIns(_ text: String) -> Bool {
    text.utf8.contains(standInLead) && text.unicodeScalars.contains { standIns.contains($0) }
  }

  /// Whether the bytes of a name sort before those of another.
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

  /// The scalar at the start of the bytes, if they begin with valid UTF-8 that is not a stand-in.
  private static func wholeScalar(at bytes: some Collection<UInt8>) -> (value: Unicode.Scalar, length: Int)? {
    for length in 1...4 {
      guard let text = String(validating: bytes.prefix(length), as: UTF8.self) else { continue }
      guard let scalar = text.unicodeScalars.first, !standIns.contains(scalar) else { return nil }
      return (scalar, length)
    }
    return nil
  }

  /// The text with `\xHH` for each byte that is not UTF-8, and for the bytes of each scalar that `isUnwanted`
  /// selects. It also gets the following text.
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

  /// Whether the text after a backslash turns it into an escape.
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

  /// The hash of the bytes of an array's elements in memory.
  static func hash<Element: BitwiseCopyable>(_ elements: [Element]) -> UInt64 {
    elements.withUnsafeBytes { hash(bytes: $0) }
  }

  private static func hash(bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
  }
}
