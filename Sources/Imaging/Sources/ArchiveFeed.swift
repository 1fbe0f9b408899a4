import CArchive

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
