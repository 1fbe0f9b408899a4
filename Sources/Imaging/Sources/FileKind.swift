#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a source's file is, by its first bytes; only where they say nothing, by its name.
enum FileKind {
  case tar, npy, npz, idx, cifar, image

  /// A file called an image that cannot be opened is one: reading it is then an error in its place.
  ///
  /// - Throws: `unreadable`, `truncated` or `badSource` for what gzip wraps.
  init(_ path: String) throws(ImagingError) {
    let file: OpenFile
    do throws(ImagingError) {
      file = try OpenFile(path)
    } catch {
      guard ImageFormat.hasImageExtension(path) else { throw error }
      self = .image
      return
    }
    guard file.size > 0 || ImageFormat.hasImageExtension(path) else {
      throw ImagingError(.empty, "'\(path)' is empty; replace it")
    }
    let head = try file.read(count: min(file.size, Self.headSize), at: 0)
    if Self.isGzip(head) {
      self = try Self.inGzip(path)
    } else if ImageFormat(head) != nil {
      self = .image
    } else if head.starts(with: NumPyHeader.magic) {
      self = .npy
    } else if head.starts(with: [0x50, 0x4b, 3, 4]) || head.starts(with: [0x50, 0x4b, 5, 6]) {
      self = .npz
    } else if IDXSource.isIDX(head), !path.hasSuffix(".bin") {
      self = .idx
    } else {
      self = try Self.byName(path, head: head)
    }
  }

  private static let headSize = 512

  private static func byName(_ path: String, head: [UInt8]) throws(ImagingError) -> FileKind {
    let name = path.lowercased()
    if isTar(head) || name.hasSuffix(".tar") { return .tar }
    if name.hasSuffix(".bin") { return .cifar }
    if name.hasSuffix(".npy") || name.hasSuffix(".npz") || name.hasSuffix("-ubyte") {
      throw ImagingError(.badSource, "'\(path)' is not what its name says; replace it")
    }
    return .image
  }

  private static func inGzip(_ path: String) throws(ImagingError) -> FileKind {
    let name = path.lowercased()
    if name.hasSuffix(".tar.gz") || name.hasSuffix(".tgz") { return .tar }
    let head = try GzipFile.head(path, count: headSize)
    if IDXSource.isIDX(head) { return .idx }
    if isTar(head) { return .tar }
    throw ImagingError(
      .badSource, "'\(path)' holds neither a tar nor an IDX file; gunzip it and give what it holds")
  }

  static func isGzip(_ head: [UInt8]) -> Bool { head.starts(with: [0x1f, 0x8b]) }

  private static func isTar(_ head: [UInt8]) -> Bool { head.dropFirst(257).starts(with: "ustar".utf8) }

  static func isRegularFile(_ path: String) -> Bool { mode(of: path) == S_IFREG }

  static func isFolder(_ path: String) -> Bool { mode(of: path) == S_IFDIR }

  private static func mode(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }
}
