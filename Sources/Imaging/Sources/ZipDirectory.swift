import CZlib

/// The directory at a zip archive's end.
struct ZipDirectory {
  /// The declared number of entries.
  let count: Int
  private let file: OpenFile
  private let offset: Int
  private let size: Int
  /// The number of bytes before the archive itself, as in self-extracting ones. Offsets do not include them.
  private let prefix: Int

  /// - Throws: `truncated` if there is none; `badSource`, `unsupported`.
  init(_ file: OpenFile) throws(ImagingError) {
    self.file = file
    let (end, endOffset) = try Self.end(of: file)
    var (count, size, offset) = (end.number(10, 2), end.number(12, 4), end.number(16, 4))
    var behind = endOffset
    guard end.number(4, 2) == 0 || end.number(4, 2) == 0xffff else {
      throw .unsupported(
        "'\(file.name)' is one part of an archive that is split into several files; join them, or unpack the "
          + "archive")
    }
    if let (record, place) = try Self.largeEnd(of: file, before: endOffset) {
      (count, size, offset) = (record.number(32, 8), record.number(40, 8), record.number(48, 8))
      behind = place
    }
    guard size >= 0, offset >= 0, size <= behind, offset <= behind - size else { throw Self.damaged(file) }
    (self.count, self.size, self.offset, prefix) = (count, size, behind - size, behind - size - offset)
  }

  private static func damaged(_ file: OpenFile) -> ImagingError {
    ImagingError.badSource("'\(file.name)' is a damaged zip archive; copy or download it again")
  }

  private static let endSize = 22

  /// The record at the end, after which only a comment may follow.
  private static func end(of file: OpenFile) throws(ImagingError) -> (record: ArraySlice<UInt8>, offset: Int)
  {
    let tailSize = min(file.size, endSize + 0xffff)
    let tail = try file.read(count: tailSize, at: file.size - tailSize)
    let starts = stride(from: tail.count - endSize, through: 0, by: -1).filter { start in
      tail[start] == 0x50 && tail[start...].starts(with: [0x50, 0x4b, 5, 6])
    }
    // A comment may contain the same letters. The true record states exactly the length of the comment,
    // unless bytes were appended.
    let exact = starts.first { tail[$0...].number(20, 2) == tail.count - $0 - endSize }
    if let start = exact ?? starts.first { return (tail[start...], file.size - tailSize + start) }
    throw ImagingError(
      .truncated,
      "'\(file.name)' is a truncated zip archive: its directory is missing; copy or download it again")
  }

  /// Zip64's record, if there is one.
  private static func largeEnd(
    of file: OpenFile, before end: Int
  ) throws(ImagingError) -> (record: ArraySlice<UInt8>, offset: Int)? {
    guard end >= 20 else { return nil }
    let locator = try file.read(count: 20, at: end - 20)[...]
    guard locator.starts(with: [0x50, 0x4b, 6, 7]) else { return nil }
    // The locator's offset does not include bytes before the archive.
    for place in [locator.number(8, 8), end - 20 - 56] where place >= 0 && place <= end - 76 {
      let record = try file.read(count: 56, at: place)[...]
      if record.starts(with: [0x50, 0x4b, 6, 6]) { return (record, place) }
    }
    throw damaged(file)
  }

  /// - Throws: `badSource`.
  func entries() throws(ImagingError) -> [ZipFile.Entry] {
    let bytes = try file.read(count: size, at: offset)
    var entries: [ZipFile.Entry] = []
    var place = 0
    while place < bytes.count {
      let rest = bytes[place...]
      guard rest.count >= 46, rest.starts(with: [0x50, 0x4b, 1, 2]) else { break }
      let lengths = [28, 30, 32].map { rest.number($0, 2) }
      let length = 46 + lengths.reduce(0, +)
      guard rest.count >= length else { throw Self.damaged(file) }
      entries.append(try entry(rest.prefix(length), name: lengths[0], extra: lengths[1]))
      place += length
    }
    guard entries.count == count || entries.count & 0xffff == count else { throw Self.damaged(file) }
    return entries
  }

  private func entry(_ header: ArraySlice<UInt8>, name: Int, extra: Int) throws(ImagingError) -> ZipFile.Entry
  {
    let stored = header.dropFirst(46).prefix(name)
    let extras = Self.extras(header.dropFirst(46 + name).prefix(extra))
    var (packed, size, offset) = (header.number(20, 4), header.number(24, 4), header.number(42, 4))
    // Values that do not fit are in Zip64's field, in this order.
    var large = (extras[1] ?? [])[...]
    func enlarge(_ value: inout Int) {
      guard value == 0xffff_ffff, large.count >= 8 else { return }
      value = large.number(0, 8)
      large = large.dropFirst(8)
    }
    enlarge(&size)
    enlarge(&packed)
    enlarge(&offset)
    guard packed >= 0, size >= 0, (0..<self.offset - prefix).contains(offset), packed <= file.size else {
      throw Self.damaged(file)
    }
    let mode = header.number(38, 4) >> 16
    let host = header.number(4, 2) >> 8
    let isUnix = host == 3 || host == 19
    let bytes = Self.withSlashes(Self.unicodeName(extras[0x7075], of: stored) ?? stored, host: host)
    return ZipFile.Entry(
      name: FileName.text(bytes).withoutLeadingDot, method: header.number(10, 2),
      isEncrypted: header.number(8, 2) & 1 != 0, checksum: UInt32(header.number(16, 4)), packedSize: packed,
      size: size, offset: offset + prefix, isFolder: bytes.last == UInt8(ascii: "/"),
      isSymbolicLink: isUnix && mode & 0xf000 == 0xa000)
  }

  /// The extra fields by their numbers.
  private static func extras(_ bytes: ArraySlice<UInt8>) -> [Int: ArraySlice<UInt8>] {
    var fields: [Int: ArraySlice<UInt8>] = [:]
    var rest = bytes
    while rest.count >= 4 {
      let length = rest.number(2, 2)
      fields[rest.number(0, 2)] = rest.dropFirst(4).prefix(length)
      rest = rest.dropFirst(4 + length)
    }
    return fields
  }

  /// Info-ZIP's Unicode path, if it belongs to the name.
  private static func unicodeName(_ field: ArraySlice<UInt8>?, of name: ArraySlice<UInt8>) -> ArraySlice<
    UInt8
  >? {
    guard let field, field.count > 5, field.first == 1,
      field.number(1, 4) == Int(Inflater.checksum(Array(name)))
    else { return nil }
    return field.dropFirst(5)
  }

  /// Old Windows archivers wrote backslashes, although the format requires slashes.
  private static func withSlashes(_ name: ArraySlice<UInt8>, host: Int) -> ArraySlice<UInt8> {
    guard host == 0, !name.contains(UInt8(ascii: "/")) else { return name }
    return name.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }[...]
  }

  /// The start of an entry's content: after its own header, whose fields may differ from the directory's.
  static func contentStart(
    of entry: ZipFile.Entry, in file: OpenFile, name: String
  ) throws(ImagingError) -> Int {
    let size = 30
    guard entry.offset + size <= file.size,
      let header = Optional(try file.read(count: size, at: entry.offset)[...]),
      header.starts(with: [0x50, 0x4b, 3, 4])
    else {
      throw ImagingError(
        .corrupt, "'\(name)' is damaged; copy or download the archive again",
        underlying: "its header is missing")
    }
    return entry.offset + size + header.number(26, 2) + header.number(28, 2)
  }
}

extension ArraySlice<UInt8> {
  /// A little-endian number of `count` bytes, from 1 to 8; one beyond 63 bits is negative.
  fileprivate func number(_ offset: Int, _ count: Int) -> Int {
    dropFirst(offset).prefix(count).littleEndian
  }
}
