/// The compression of a whole file, recognised by its first bytes.
enum Compression: String {
  case gzip, xz, bzip2, zstd

  private static let marks: [(kind: Compression, mark: [UInt8])] = [
    (.gzip, [0x1f, 0x8b]), (.xz, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), (.bzip2, Array("BZh".utf8)),
    (.zstd, [0x28, 0xb5, 0x2f, 0xfd]),
  ]

  init?(_ head: [UInt8]) {
    guard let kind = Self.marks.first(where: { head.starts(with: $0.mark) })?.kind else { return nil }
    // Many texts begin with "BZh", so the level and the mark of the block are checked too.
    if kind == .bzip2 {
      let mark = head.dropFirst(4).prefix(6)
      guard head.count >= 10, ("1"..."9").contains(Character(Unicode.Scalar(head[3]))),
        mark.elementsEqual([0x31, 0x41, 0x59, 0x26, 0x53, 0x59])
          || mark.elementsEqual([0x17, 0x72, 0x45, 0x38, 0x50, 0x90])
      else { return nil }
    }
    self = kind
  }

  /// Decompresses a file piece by piece, and verifies the checksums of the format.
  ///
  /// - Throws: `badSource`, `truncated`, `decoderMissing`.
  func stream(_ file: OpenFile, limits: ArchiveLimits) throws(ImagingError) -> UnpackedStream {
    switch self {
    case .gzip: UnpackedStream(try GzipPieces(file), of: file.name, limits: limits)
    case .xz, .bzip2, .zstd: UnpackedStream(try FilteredPieces(file), of: file.name, limits: limits)
    }
  }

  /// The first `count` decompressed bytes of a file, or fewer if it is shorter.
  func head(of file: OpenFile, count: Int) throws(ImagingError) -> [UInt8] {
    try stream(file, limits: .default).read(count: count)
  }

  /// Decompresses at most `maximum` bytes of a file that is not an archive into a nameless temporary file.
  ///
  /// If at most `slack` bytes follow, it reads to the end, so that the checksums there are verified.
  ///
  /// - Throws: `archiveLimit`, `truncated`, `badSource`.
  func unpack(_ file: OpenFile, maximum: Int, limits: ArchiveLimits) throws(ImagingError) -> OpenFile {
    try OpenFile(temporaryFor: file.name) { (write) throws(ImagingError) in
      let stream = try stream(file, limits: limits)
      var remaining = maximum
      while remaining > 0, let piece = try stream.next() {
        let part = UnsafeRawBufferPointer(rebasing: piece.prefix(remaining))
        remaining -= part.count
        try write(part)
      }
      var behind = 0
      while behind < Self.slack, let piece = try stream.next() { behind += piece.count }
    }
  }

  private static let slack = 1 << 20
}

/// The output of a decompressor, one piece after another.
protocol UnpackedPieces: AnyObject {
  /// The number of packed bytes that were read so far.
  var packedBytes: Int { get }
  /// The next piece, valid until the next call; nil at the end, after all checks have passed.
  func next() throws(ImagingError) -> UnsafeRawBufferPointer?
}

/// The decompressed content of a file, within limits.
final class UnpackedStream {
  let name: String
  private let pieces: any UnpackedPieces
  private let limits: ArchiveLimits
  private var unpacked = 0

  init(_ pieces: any UnpackedPieces, of name: String, limits: ArchiveLimits) {
    (self.pieces, self.name, self.limits) = (pieces, name, limits)
  }

  /// The next piece, valid until the next call; nil at the end.
  ///
  /// - Throws: `archiveLimit`, `truncated`, `badSource`.
  func next() throws(ImagingError) -> UnsafeRawBufferPointer? {
    guard let piece = try pieces.next() else { return nil }
    unpacked += piece.count
    try limits.check(unpacked: unpacked, packed: pieces.packedBytes, of: name)
    return piece
  }

  /// Reads to the end, so that the checksums there are verified.
  func drain() throws(ImagingError) {
    while try next() != nil {}
  }

  /// The next `count` bytes, or fewer if the content ends.
  func read(count: Int) throws(ImagingError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count, let piece = try next() { bytes.append(contentsOf: piece) }
    return Array(bytes.prefix(count))
  }
}
