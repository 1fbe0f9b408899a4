import CZlib

/// A zip archive, read through its directory (PKWARE's APPNOTE 6.3.10), including Zip64.
struct ZipFile: Sendable {
  struct Entry: Sendable {
    /// The stored name, or the one in the Unicode path field.
    let name: String
    let method: Int
    let isEncrypted: Bool
    let checksum: UInt32
    let packedSize: Int
    let size: Int
    /// The start of its own header.
    let offset: Int
    let isFolder: Bool
    let isSymbolicLink: Bool
  }

  let file: OpenFile
  let entries: [Entry]

  /// - Throws: `truncated` or `badSource` if there is no directory; `archiveLimit`.
  init(_ file: OpenFile, limits: ArchiveLimits) throws(ImagingError) {
    self.file = file
    let directory = try ZipDirectory(file)
    guard directory.count <= limits.maximumEntries else {
      throw ArchiveLimits.error(file.name, "holds more than \(limits.maximumEntries) entries")
    }
    entries = try directory.entries()
  }

  /// Decompresses an entry.
  ///
  /// - Throws: `unsupported` if it is encrypted or compressed with anything but deflate; `corrupt`.
  func stream(_ entry: Entry, limits: ArchiveLimits) throws(ImagingError) -> UnpackedStream {
    let name = file.name + "/" + entry.name
    return UnpackedStream(try ZipPieces(entry, of: file, name: name), of: name, limits: limits)
  }

  /// The content of an entry.
  ///
  /// - Throws: `tooLarge` above `maximum` bytes; `unsupported`, `corrupt`, `archiveLimit`.
  func content(_ entry: Entry, maximum: Int, limits: ArchiveLimits) throws(ImagingError) -> [UInt8] {
    guard entry.size <= maximum else {
      throw .tooLarge("'\(file.name)/\(entry.name)' has more than \(maximum) bytes; at most so many are read")
    }
    return try stream(entry, limits: limits).read(count: .max)
  }
}

/// The content of one entry of a zip archive. Its length and CRC-32 are checked at the end.
private final class ZipPieces: UnpackedPieces {
  private let entry: ZipFile.Entry
  private let file: OpenFile
  private let name: String
  private let inflater: Inflater?
  private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
  private let start: Int
  private var input: [UInt8] = []
  private var used = 0
  private var checksum = crc32_z(0, nil, 0)
  private var unpacked = 0
  private var isAtEnd = false
  private(set) var packedBytes = 0

  init(_ entry: ZipFile.Entry, of file: OpenFile, name: String) throws(ImagingError) {
    (self.entry, self.file, self.name) = (entry, file, name)
    guard !entry.isEncrypted else {
      throw .unsupported("'\(name)' is encrypted; unpack the archive with its password")
    }
    switch entry.method {
    case 0: inflater = nil
    case 8: inflater = try Inflater(.none)
    default:
      throw .unsupported(
        "'\(name)' is packed with \(Self.methods[entry.method] ?? "method \(entry.method)"); unpack the "
          + "archive, or pack it again with deflate")
    }
    start = try ZipDirectory.contentStart(of: entry, in: file, name: name)
  }

  deinit { output.deallocate() }

  private static let methods = [
    1: "shrinking", 6: "imploding", 9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "zstd", 95: "xz", 98: "PPMd",
  ]

  func next() throws(ImagingError) -> UnsafeRawBufferPointer? {
    while !isAtEnd {
      if used == input.count { try refill() }
      let written = try step()
      guard written > 0 else { continue }
      let piece = UnsafeRawBufferPointer(rebasing: output[..<written])
      checksum = crc32_z(checksum, piece.baseAddress?.assumingMemoryBound(to: UInt8.self), written)
      unpacked += written
      guard unpacked <= entry.size else { throw damaged("holds more than it declares") }
      return piece
    }
    guard unpacked == entry.size else { throw damaged("holds less than it declares") }
    guard UInt32(truncatingIfNeeded: checksum) == entry.checksum else {
      throw damaged("does not have its CRC-32")
    }
    return nil
  }

  private func refill() throws(ImagingError) {
    let count = min(output.count, entry.packedSize - packedBytes)
    do throws(ImagingError) {
      input = try file.read(count: count, at: start + packedBytes)
    } catch {
      throw damaged("ends early")
    }
    (used, packedBytes) = (0, packedBytes + count)
  }

  /// Decompresses into `output`, and returns the number of bytes.
  private func step() throws(ImagingError) -> Int {
    guard let inflater else {
      output.copyBytes(from: input)
      used = input.count
      isAtEnd = input.isEmpty
      return input.count
    }
    guard let step = input[used...].withUnsafeBytes({ inflater.inflate($0, into: output) }) else {
      throw damaged(inflater.message ?? "is not deflate data")
    }
    used += step.read
    isAtEnd = step.isAtEnd
    if !isAtEnd, step.written == 0, used == input.count, packedBytes == entry.packedSize {
      throw damaged("ends early")
    }
    return step.written
  }

  private func damaged(_ what: String) -> ImagingError {
    ImagingError(
      .corrupt, "'\(name)' is damaged; copy or download the archive again", underlying: "it \(what)")
  }
}
