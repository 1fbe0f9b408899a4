/// A single compressed file that is no archive.
enum CompressedFile {
  /// The first `count` bytes, or fewer where it is shorter.
  static func head(_ file: OpenFile, _ compression: Compression, count: Int) throws(ImagingError) -> [UInt8] {
    try compression.stream(.file(file), limits: .default).read(count: count)
  }

  /// Unpacks at most `maximum` bytes into a nameless temporary file.
  ///
  /// Where no more than `slack` bytes follow those, the end is reached, and what stands there to find damage by is checked.
  ///
  /// - Throws: `archiveLimit`, `truncated`, `badSource`.
  static func unpack(
    _ file: OpenFile, _ compression: Compression, maximum: Int, limits: ArchiveLimits
  ) throws(ImagingError) -> OpenFile {
    try OpenFile(temporaryFor: file.name) { (write) throws(ImagingError) in
      let stream = try compression.stream(.file(file), limits: limits)
      var remaining = maximum
      while remaining > 0, let piece = try stream.next() {
        let part = UnsafeRawBufferPointer(rebasing: piece.prefix(remaining))
        remaining -= part.count
        try write(part)
      }
      var behind = 0
      while behind < slack, let piece = try stream.next() { behind += piece.count }
    }
  }

  private static let slack = 1 << 20
}
