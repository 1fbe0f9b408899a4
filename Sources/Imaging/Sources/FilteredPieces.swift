import CArchive

/// What a file packed by xz, bzip2 or zstd holds, by libarchive, whose decompressors check what these formats have to find
/// damage by.
final class FilteredPieces: UnpackedPieces {
  private let name: String
  private let handle: OpaquePointer
  private let feed: ArchiveFeed
  private var isOpen = false

  /// - Throws: `decoderMissing`.
  init(_ bytes: PackedBytes) throws(ImagingError) {
    guard let handle = archive_read_new() else { throw .noLibarchive(bytes.name) }
    (name, self.handle) = (bytes.name, handle)
    feed = ArchiveFeed(bytes)
    archive_read_support_filter_xz(handle)
    archive_read_support_filter_bzip2(handle)
    archive_read_support_filter_zstd(handle)
    archive_read_support_format_raw(handle)
    archive_read_support_format_empty(handle)
  }

  deinit { archive_read_free(handle) }

  var packedBytes: Int { Int(archive_filter_bytes(handle, -1)) }

  func next() throws(ImagingError) -> UnsafeRawBufferPointer? {
    guard try open() else { return nil }
    var start: UnsafeRawPointer?
    var count = 0
    var offset: Int64 = 0
    let status = archive_read_data_block(handle, &start, &count, &offset)
    if status == ARCHIVE_EOF { return nil }
    guard status == ARCHIVE_OK || status == ARCHIVE_WARN else { throw failure() }
    return UnsafeRawBufferPointer(start: start, count: count)
  }

  /// Whether there is any content.
  private func open() throws(ImagingError) -> Bool {
    if isOpen { return true }
    guard feed.open(handle) == ARCHIVE_OK else { throw failure() }
    var entry: OpaquePointer?
    let header = archive_read_next_header(handle, &entry)
    if header == ARCHIVE_EOF { return false }
    guard header == ARCHIVE_OK || header == ARCHIVE_WARN else { throw failure() }
    isOpen = true
    return true
  }

  private func failure() -> ImagingError { feed.failure ?? .damagedArchive(name, handle) }
}

extension ImagingError {
  /// What libarchive found wrong with an archive.
  static func damagedArchive(_ name: String, _ handle: OpaquePointer) -> ImagingError {
    let text = archive_error_string(handle).map { String(cString: $0) } ?? "unknown format"
    let isTruncated = text.lowercased().contains("truncated")
    return ImagingError(
      isTruncated ? .truncated : .badSource,
      "'\(name)' is a \(isTruncated ? "truncated" : "damaged or unknown") archive; copy or download it again",
      underlying: text)
  }

  static func noLibarchive(_ name: String) -> ImagingError {
    ImagingError(.decoderMissing, "libarchive cannot be started to read '\(name)'")
  }
}

/// A stretch of packed bytes in memory that stays where it is until the next one is read.
final class PackedPiece {
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  private var offset = 0

  deinit { buffer.deallocate() }

  func next(of bytes: PackedBytes) throws(ImagingError) -> UnsafeRawBufferPointer? {
    let piece = try bytes.read(count: buffer.count, at: offset)
    guard !piece.isEmpty else { return nil }
    buffer.copyBytes(from: piece)
    offset += piece.count
    return UnsafeRawBufferPointer(rebasing: buffer[..<piece.count])
  }
}

/// Gives libarchive its bytes, piece by piece.
final class ArchiveFeed {
  private let next: () throws(ImagingError) -> UnsafeRawBufferPointer?
  /// Why a piece could not be had; libarchive itself knows only that there was none.
  private(set) var failure: ImagingError?

  /// Passes on the bytes as they are.
  convenience init(_ bytes: PackedBytes) {
    let piece = PackedPiece()
    self.init { () throws(ImagingError) in try piece.next(of: bytes) }
  }

  /// - Parameter next: Passes on a piece that stays valid until the next call; nil at the end.
  init(_ next: @escaping () throws(ImagingError) -> UnsafeRawBufferPointer?) {
    self.next = next
  }

  /// Opens an archive, which must not outlive this.
  func open(_ handle: OpaquePointer) -> Int32 {
    archive_read_open(
      handle, Unmanaged.passUnretained(self).toOpaque(), nil,
      { _, context, start in
        guard let context else { return Int(ARCHIVE_FATAL) }
        let feed = Unmanaged<ArchiveFeed>.fromOpaque(context).takeUnretainedValue()
        return feed.pass(to: start)
      }, nil)
  }

  private func pass(to start: UnsafeMutablePointer<UnsafeRawPointer?>?) -> Int {
    do throws(ImagingError) {
      guard let piece = try next() else { return 0 }
      start?.pointee = piece.baseAddress
      return piece.count
    } catch {
      failure = error
      return Int(ARCHIVE_FATAL)
    }
  }
}
