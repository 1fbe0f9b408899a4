/// Text files of people and their programs, with or without a byte order mark, in UTF-8 or UTF-16.
package enum TextFile {
  /// The bytes of a text in UTF-8 without a byte order mark. Unless there is a mark of UTF-16, they are not
  /// converted, because file names need not be UTF-8.
  ///
  /// - Parameter name: the name of the text in errors.
  /// - Throws: `badSource` for UTF-32, and if UTF-16 is damaged.
  package static func utf8(_ bytes: [UInt8], name: String) throws(ImagingError) -> [UInt8] {
    if bytes.starts(with: mark) { return Array(bytes.dropFirst(mark.count)) }
    if bytes.starts(with: [0xff, 0xfe, 0, 0]) || bytes.starts(with: [0, 0, 0xfe, 0xff]) {
      throw .badSource("'\(name)' is in UTF-32; save it as UTF-8")
    }
    let isLittleEndian = bytes.starts(with: [0xff, 0xfe])
    guard isLittleEndian || bytes.starts(with: [0xfe, 0xff]) else { return bytes }
    let units = stride(from: 2, to: bytes.count - 1, by: 2).map { place in
      let pair = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
      return isLittleEndian ? pair.1 << 8 | pair.0 : pair.0 << 8 | pair.1
    }
    guard bytes.count.isMultiple(of: 2), let text = String(validating: units, as: UTF16.self) else {
      throw .badSource("'\(name)' is damaged UTF-16; save it as UTF-8")
    }
    return Array(text.utf8)
  }

  /// The lines of a text in UTF-8, ended by LF, CR LF or CR, otherwise unchanged. If texts were concatenated,
  /// later lines may begin with byte order marks, which are removed too.
  package static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines = bytes.split(separator: newline, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.flatMap { line in
      // The CR of CR LF does not end a line of its own.
      (line.last == carriageReturn ? line.dropLast() : line)
        .split(separator: carriageReturn, omittingEmptySubsequences: false)
    }.map { $0.starts(with: mark) ? $0.dropFirst(mark.count) : $0 }
  }

  private static let mark: [UInt8] = [0xef, 0xbb, 0xbf]

  /// The paths on a text's lines, or between its zero bytes if it has any. Blank lines are left out.
  ///
  /// - Throws: as ``utf8(_:name:)``; `badSource` for UTF-16 without a byte order mark.
  static func paths(_ bytes: [UInt8], name: String) throws(ImagingError) -> [ArraySlice<UInt8>] {
    if let kind = otherKind(bytes) {
      throw .badSource(
        "'\(name)' is \(kind), not a list of paths; pass its path without the @"
      )
    }
    let bytes = try utf8(bytes, name: name)
    let zeros = bytes.count { $0 == 0 }
    // A path with an extension has at least three letters, and in UTF-16 every second byte is zero.
    guard zeros * 3 < bytes.count || bytes.isEmpty else {
      throw .badSource("'\(name)' looks like UTF-16 without a byte order mark; save it as UTF-8")
    }
    let paths = zeros > 0 ? bytes.split(separator: 0) : lines(bytes)
    return paths.filter { !$0.allSatisfy { $0 == 0x20 || (9...13).contains($0) } }
  }

  /// The kind of bytes that are not text. Formats that begin with only letters could be paths, so they are
  /// not checked.
  private static func otherKind(_ bytes: [UInt8]) -> String? {
    if let format = ImageFormat(bytes), [.jpeg, .png, .webP, .tiff].contains(format) { return "an image" }
    let isArchive = Compression(bytes) != nil || bytes.starts(with: [0x50, 0x4b, 3, 4])
    return isArchive || bytes.starts(with: NumPyHeader.magic) ? "an archive or an array" : nil
  }

  private static let newline = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")
}
