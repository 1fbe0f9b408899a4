import CArchive

/// One use of libarchive.
final class Libarchive {
  let handle: OpaquePointer
  let file: OpenFile
  /// The stream that it reads instead of the file.
  private var stream: UnpackedStream?
  /// Why the stream gave no piece. libarchive itself only knows that there was none.
  private var failure: ImagingError?

  /// - Throws: `decoderMissing`.
  init(_ file: OpenFile) throws(ImagingError) {
    guard let handle = archive_read_new() else {
      throw ImagingError(.decoderMissing, "libarchive cannot be started to read '\(file.name)'")
    }
    (self.handle, self.file) = (handle, file)
  }

  deinit { archive_read_free(handle) }

  /// The number of packed bytes that were read so far.
  var packedBytes: Int { Int(archive_filter_bytes(handle, -1)) }

  /// Opens the file, or its decompressed content.
  ///
  /// - Throws: `badSource`, `truncated`.
  func open(_ stream: UnpackedStream? = nil) throws(ImagingError) {
    self.stream = stream
    let status =
      stream == nil
      ? file.open(handle)
      : archive_read_open(
        handle, Unmanaged.passUnretained(self).toOpaque(), nil,
        { _, context, start in
          guard let context else { return Int(ARCHIVE_FATAL) }
          return Unmanaged<Libarchive>.fromOpaque(context).takeUnretainedValue().pass(to: start)
        }, nil)
    _ = try check(status)
  }

  private func pass(to start: UnsafeMutablePointer<UnsafeRawPointer?>?) -> Int {
    do throws(ImagingError) {
      guard let piece = try stream?.next() else { return 0 }
      start?.pointee = piece.baseAddress
      return piece.count
    } catch {
      failure = error
      return Int(ARCHIVE_FATAL)
    }
  }

  /// nil at the end.
  func nextEntry() throws(ImagingError) -> OpaquePointer? {
    var entry: OpaquePointer?
    return try check(archive_read_next_header(handle, &entry)) ? entry : nil
  }

  /// A piece of the current entry's content and its position; nil at the end, which may come after a hole.
  func nextPiece() throws(ImagingError) -> (piece: UnsafeRawBufferPointer?, offset: Int) {
    var start: UnsafeRawPointer?
    var (count, offset) = (0, Int64(0))
    let isThere = try check(archive_read_data_block(handle, &start, &count, &offset))
    return (isThere ? UnsafeRawBufferPointer(start: start, count: count) : nil, Int(offset))
  }

  /// False at the end.
  private func check(_ status: Int32) throws(ImagingError) -> Bool {
    if [ARCHIVE_OK, ARCHIVE_WARN, ARCHIVE_EOF].contains(status) { return status != ARCHIVE_EOF }
    if let failure { throw failure }
    let text = archive_error_string(handle).map { String(cString: $0) } ?? "unknown format"
    let isTruncated = text.lowercased().contains("truncated")
    throw ImagingError(
      isTruncated ? .truncated : .badSource,
      "'\(file.name)' is a \(isTruncated ? "truncated" : "damaged or unknown") archive; copy or download it again",
      underlying: text)
  }
}

/// The content of a file compressed with xz, bzip2 or zstd. libarchive decompresses it and verifies the
/// checksums of these formats.
final class FilteredPieces: UnpackedPieces {
  private let archive: Libarchive
  /// Whether there is any content; nil before it is opened.
  private var hasContent: Bool?

  /// - Throws: `decoderMissing`.
  init(_ file: OpenFile) throws(ImagingError) {
    archive = try Libarchive(file)
    archive_read_support_filter_xz(archive.handle)
    archive_read_support_filter_bzip2(archive.handle)
    archive_read_support_filter_zstd(archive.handle)
    archive_read_support_format_raw(archive.handle)
    archive_read_support_format_empty(archive.handle)
  }

  var packedBytes: Int { archive.packedBytes }

  func next() throws(ImagingError) -> UnsafeRawBufferPointer? {
    if hasContent == nil {
      try archive.open()
      hasContent = try archive.nextEntry() != nil
    }
    return hasContent == true ? try archive.nextPiece().piece : nil
  }
}
