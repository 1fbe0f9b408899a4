/// A single file compressed with gzip.
enum GzipFile {
  /// The first `count` bytes, or fewer where it is shorter.
  static func head(_ path: String, count: Int) throws(ImagingError) -> [UInt8] {
    var head: [UInt8] = []
    let archive = try ArchiveReader(path, format: .raw, limits: .default)
    guard try archive.nextFile() != nil else { return [] }
    try archive.copyEntry(maximum: count) { (piece) throws(ImagingError) in head.append(contentsOf: piece) }
    return head
  }

  /// Inflates at most `maximum` bytes into a nameless temporary file.
  ///
  /// - Throws: `archiveLimit`, `truncated`, `badSource`.
  static func inflate(_ path: String, maximum: Int, limits: ArchiveLimits) throws(ImagingError) -> OpenFile {
    try OpenFile(temporaryFor: path) { (write) throws(ImagingError) in
      let archive = try ArchiveReader(path, format: .raw, limits: limits)
      guard try archive.nextFile() != nil else { return }
      try archive.copyEntry(maximum: maximum, to: write)
    }
  }
}
