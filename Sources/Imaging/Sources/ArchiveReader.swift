import CArchive

/// One pass over an archive or a compressed file, by libarchive, within limits.
final class ArchiveReader {
  enum Format {
    case tar
    case zip
    /// A compressed file that is not an archive: one entry.
    case raw
  }

  private let handle: OpaquePointer
  private let path: String
  private let limits: ArchiveLimits
  private var entries = 0
  /// Bytes of earlier entries, and of the current one.
  private var earlierBytes = 0
  private var entryBytes = 0

  /// - Throws: `badSource` or `truncated` where it cannot be opened; `decoderMissing`.
  convenience init(_ path: String, format: Format, limits: ArchiveLimits) throws(ImagingError) {
    try self.init(path, format: format, limits: limits) { archive_read_open_filename($0, path, 1 << 16) }
  }

  /// Passes on an archive that is in memory: it can be read within `use` alone.
  ///
  /// - Parameter name: what errors call it.
  static func withArchive<Value>(
    _ bytes: [UInt8], name: String, format: Format, limits: ArchiveLimits,
    use: (ArchiveReader) throws(ImagingError) -> Value
  ) throws(ImagingError) -> Value {
    try bytes.withUnsafeBytes { buffer in
      Result { () throws(ImagingError) in
        try use(
          ArchiveReader(name, format: format, limits: limits) {
            archive_read_open_memory($0, buffer.baseAddress, buffer.count)
          })
      }
    }.get()
  }

  private init(
    _ path: String, format: Format, limits: ArchiveLimits, open: (OpaquePointer) -> Int32
  ) throws(ImagingError) {
    guard let handle = archive_read_new() else {
      throw ImagingError(.decoderMissing, "libarchive cannot be started to read '\(path)'")
    }
    (self.handle, self.path, self.limits) = (handle, path, limits)
    archive_read_support_filter_gzip(handle)
    switch format {
    case .tar: archive_read_support_format_tar(handle)
    case .zip: archive_read_support_format_zip_seekable(handle)
    case .raw: archive_read_support_format_raw(handle)
    }
    guard open(handle) == ARCHIVE_OK else { throw failure() }
  }

  deinit { archive_read_free(handle) }

  /// Goes on to the next regular file.
  ///
  /// - Returns: Its name without a leading "./"; nil at the end.
  /// - Throws: `archiveLimit`, `truncated`, `badSource`.
  func nextFile() throws(ImagingError) -> String? {
    while true {
      // Skipped data is inflated as well; this way the limits hold for it.
      if entries > 0, isCompressed { while try read({ _ in }) {} }
      var entry: OpaquePointer?
      let status = archive_read_next_header(handle, &entry)
      if status == ARCHIVE_EOF { return nil }
      guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry else { throw failure() }
      try count(entry)
      guard archive_entry_filetype(entry) == mode_t(S_IFREG), archive_entry_hardlink(entry) == nil,
        let name = archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry)
      else { continue }
      let path = String(cString: name)
      return path.hasPrefix("./") ? String(path.dropFirst(2)) : path
    }
  }

  /// Whether there is a filter below the format; the last one counted is "none".
  private var isCompressed: Bool { archive_filter_count(handle) > 1 }

  private func count(_ entry: OpaquePointer) throws(ImagingError) {
    entries += 1
    guard entries <= limits.maximumEntries else {
      throw limit("holds more than \(limits.maximumEntries) entries")
    }
    earlierBytes += entryBytes
    entryBytes = 0
    if archive_entry_size_is_set(entry) != 0 {
      guard archive_entry_size(entry) <= Int64(limits.maximumEntryBytes) else {
        throw limit("has an entry of \(archive_entry_size(entry)) bytes")
      }
    }
    try checkInflation()
  }

  /// The content of the current entry.
  ///
  /// - Throws: `tooLarge` above `maximum` bytes; `archiveLimit`, `truncated`, `badSource`.
  func readEntry(named name: String, maximum: Int) throws(ImagingError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count <= maximum, try read({ bytes.append(contentsOf: $0) }) {}
    guard bytes.count <= maximum else {
      throw ImagingError(.tooLarge, "'\(name)' has more than \(maximum) bytes; at most so many are read")
    }
    return bytes
  }

  /// Copies the current entry, piece by piece, until `maximum` bytes were passed on.
  func copyEntry(
    maximum: Int, to write: (UnsafeRawBufferPointer) throws(ImagingError) -> Void
  ) throws(ImagingError) {
    var remaining = maximum
    var failure: ImagingError?
    while remaining > 0, failure == nil {
      let more = try read { piece in
        let part = UnsafeRawBufferPointer(rebasing: piece.prefix(remaining))
        remaining -= part.count
        do throws(ImagingError) { try write(part) } catch { failure = error }
      }
      if !more { break }
    }
    if let failure { throw failure }
  }

  /// Passes on the next piece of the current entry; returns false at its end.
  private func read(_ use: (UnsafeRawBufferPointer) -> Void) throws(ImagingError) -> Bool {
    var start: UnsafeRawPointer?
    var count = 0
    var offset: Int64 = 0
    let status = archive_read_data_block(handle, &start, &count, &offset)
    if status == ARCHIVE_EOF { return false }
    guard status == ARCHIVE_OK || status == ARCHIVE_WARN else { throw failure() }
    // A sparse entry's holes are zeros that nobody stored.
    guard Int(offset) == entryBytes else {
      throw ImagingError(.badSource, "'\(path)' has sparse entries; pack it again without them")
    }
    entryBytes += count
    guard entryBytes <= limits.maximumEntryBytes, earlierBytes + entryBytes <= limits.maximumTotalBytes else {
      throw limit("unpacks to more than \(earlierBytes + entryBytes - count) bytes")
    }
    try checkInflation()
    use(UnsafeRawBufferPointer(start: start, count: count))
    return true
  }

  /// Zip has no filter: there, packed and unpacked bytes are those of the reader's own counts.
  private func checkInflation() throws(ImagingError) {
    let packed = max(archive_filter_bytes(handle, -1), 1)
    let unpacked = max(archive_filter_bytes(handle, 0), Int64(earlierBytes + entryBytes))
    guard unpacked > Int64(limits.ratioFreeBytes) else { return }
    guard unpacked / packed <= Int64(limits.maximumInflation) else {
      throw limit("inflates more than \(limits.maximumInflation)-fold")
    }
    guard unpacked <= Int64(limits.maximumTotalBytes) else {
      throw limit("unpacks to more than \(limits.maximumTotalBytes) bytes")
    }
  }

  private func limit(_ what: String) -> ImagingError {
    ImagingError(
      .archiveLimit, "'\(path)' \(what), beyond what Oddity unpacks; unpack it yourself if you trust it")
  }

  private func failure() -> ImagingError {
    let text = archive_error_string(handle).map { String(cString: $0) } ?? "unknown format"
    let isTruncated = text.lowercased().contains("truncated")
    return ImagingError(
      isTruncated ? .truncated : .badSource,
      "'\(path)' is a \(isTruncated ? "truncated" : "damaged or unknown") archive; copy or download it again",
      underlying: text)
  }
}
