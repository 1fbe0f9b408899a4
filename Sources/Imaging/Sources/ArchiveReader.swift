import CArchive

/// A file, folder or link in an archive.
struct ArchiveMember {
  enum Content: Equatable {
    case file, folder
    /// Another name of an earlier member.
    case hardLink(to: String)
    /// A path from the link's own folder.
    case symbolicLink(to: String)
  }

  /// Its name, without a leading "./".
  let name: String
  let content: Content
}

/// One pass over a tar, by libarchive, within limits.
final class ArchiveReader {
  private let handle: OpaquePointer
  private let path: String
  private let limits: ArchiveLimits
  /// What a compressed tar holds.
  private let stream: UnpackedStream?
  /// Nil where libarchive reads the file itself: it skips what nobody asks for.
  private let feed: ArchiveFeed?
  private var entries = 0
  /// Bytes of earlier entries, and of the current one, its holes left out.
  private var earlierBytes = 0
  private var entryBytes = 0

  /// - Parameter bytes: A tar, or a tar packed by gzip, xz, bzip2 or zstd.
  /// - Throws: `badSource` or `truncated` where it cannot be opened; `decoderMissing`.
  init(_ bytes: PackedBytes, limits: ArchiveLimits) throws(ImagingError) {
    guard let handle = archive_read_new() else { throw .noLibarchive(bytes.name) }
    (self.handle, self.limits, path) = (handle, limits, bytes.name)
    archive_read_support_format_tar(handle)
    let stream = try Compression(bytes.read(count: 16, at: 0))?.stream(bytes, limits: limits)
    self.stream = stream
    switch (stream, bytes) {
    case (let stream?, _): feed = ArchiveFeed { () throws(ImagingError) in try stream.next() }
    case (nil, .memory): feed = ArchiveFeed(bytes)
    case (nil, .file): feed = nil
    }
    let status =
      feed?.open(handle)
      ?? FileName.withCString(path) { archive_read_open_filename(handle, $0, 1 << 16) }
    guard status == ARCHIVE_OK else { throw failure() }
  }

  deinit { archive_read_free(handle) }

  /// Goes on to the next file, folder or link. Pipes and devices are passed over.
  ///
  /// - Returns: nil at the end; a compressed archive is then whole.
  /// - Throws: `archiveLimit`, `truncated`, `badSource`.
  func nextMember() throws(ImagingError) -> ArchiveMember? {
    while true {
      var entry: OpaquePointer?
      let status = archive_read_next_header(handle, &entry)
      if status == ARCHIVE_EOF {
        try stream?.drain()
        return nil
      }
      guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry else { throw failure() }
      try count(entry)
      guard let name = archive_entry_pathname(entry), let content = content(of: entry) else { continue }
      return ArchiveMember(name: Self.text(name).withoutLeadingDot, content: content)
    }
  }

  /// Nil for what is none of these.
  private func content(of entry: OpaquePointer) -> ArchiveMember.Content? {
    // Some archivers store the content once more with every link.
    if let target = archive_entry_hardlink(entry), archive_entry_size(entry) == 0 {
      return .hardLink(to: Self.text(target).withoutLeadingDot)
    }
    switch archive_entry_filetype(entry) {
    case mode_t(S_IFREG): return .file
    case mode_t(S_IFDIR): return .folder
    case mode_t(S_IFLNK): return archive_entry_symlink(entry).map { .symbolicLink(to: Self.text($0)) }
    default: return nil
    }
  }

  private static func text(_ name: UnsafePointer<CChar>) -> String {
    var length = 0
    while name[length] != 0 { length += 1 }
    return FileName.text(UnsafeRawBufferPointer(start: name, count: length))
  }

  private func count(_ entry: OpaquePointer) throws(ImagingError) {
    entries += 1
    guard entries <= limits.maximumEntries else {
      throw ArchiveLimits.error(path, "holds more than \(limits.maximumEntries) entries")
    }
    earlierBytes += entryBytes
    entryBytes = 0
    if archive_entry_size_is_set(entry) != 0 {
      guard archive_entry_size(entry) <= Int64(limits.maximumEntryBytes) else {
        throw ArchiveLimits.error(path, "has an entry of \(archive_entry_size(entry)) bytes")
      }
    }
    try checkSize()
  }

  /// The content of the current entry; what a sparse one does not store is zeros.
  ///
  /// - Throws: `tooLarge` above `maximum` bytes; `archiveLimit`, `truncated`, `badSource`.
  func readEntry(named name: String, maximum: Int) throws(ImagingError) -> [UInt8] {
    var bytes: [UInt8] = []
    var isTooLarge = false
    while !isTooLarge,
      try read({ piece, offset in
        isTooLarge = offset + piece.count > maximum
        guard !isTooLarge else { return }
        if offset > bytes.count { bytes.append(contentsOf: repeatElement(0, count: offset - bytes.count)) }
        bytes.append(contentsOf: piece)
      })
    {}
    guard !isTooLarge else {
      throw ImagingError(.tooLarge, "'\(name)' has more than \(maximum) bytes; at most so many are read")
    }
    return bytes
  }

  /// Passes on the next piece of the current entry and where it belongs; returns false at the entry's end.
  private func read(_ use: (UnsafeRawBufferPointer, Int) -> Void) throws(ImagingError) -> Bool {
    var start: UnsafeRawPointer?
    var count = 0
    var offset: Int64 = 0
    let status = archive_read_data_block(handle, &start, &count, &offset)
    // At the end of a sparse entry the offset is that of its end.
    let isAtEnd = status == ARCHIVE_EOF
    guard isAtEnd || status == ARCHIVE_OK || status == ARCHIVE_WARN else { throw failure() }
    entryBytes += isAtEnd ? 0 : count
    try checkSize()
    use(UnsafeRawBufferPointer(start: start, count: isAtEnd ? 0 : count), Int(offset))
    return !isAtEnd
  }

  private func checkSize() throws(ImagingError) {
    guard entryBytes <= limits.maximumEntryBytes, earlierBytes + entryBytes <= limits.maximumTotalBytes else {
      throw ArchiveLimits.error(path, "unpacks to more than \(limits.maximumTotalBytes) bytes")
    }
    if stream == nil {
      try limits.check(
        unpacked: max(earlierBytes + entryBytes, Int(archive_filter_bytes(handle, 0))),
        packed: Int(archive_filter_bytes(handle, -1)), of: path)
    }
  }

  private func failure() -> ImagingError { feed?.failure ?? .damagedArchive(path, handle) }
}
