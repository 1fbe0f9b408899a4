import Foundation
import Imaging
import Synchronization

/// A file that appears whole or not at all: a reader sees the old content until `commit`, and the new one after.
///
/// Bytes go to a temporary file in the same folder, which is synchronised with the disk and then renamed. A
/// file that is never committed leaves no trace, neither when it is released nor when the program is
/// interrupted (`TemporaryOutputs`). A symbolic link is followed, so the link stays. An output that is not a
/// regular file (`/dev/stdout`, a named pipe) cannot be replaced, so it is written directly.
package final class AtomicFile {
  /// The path as it was given.
  package let path: String
  private let destination: String
  /// nil if bytes go directly to the destination.
  private let temporary: String?
  private var descriptor: FileDescriptor?
  private let unfinished: TemporaryOutputs

  /// Opens the output before the work whose result it will hold, so that a bad path is found at once.
  ///
  /// - Parameters:
  ///   - path: the output.
  ///   - unfinished: the registry that lists the temporary file while it exists.
  /// - Throws: `OddityError.output` if the folder does not exist or cannot be written, or if `path` is a
  ///   folder.
  package init(path: String, unfinished: TemporaryOutputs = .shared) throws(OddityError) {
    self.path = path
    self.unfinished = unfinished
    if path.isEmpty { throw Self.failure("\"\"", errno: ENOENT) }
    if FileName.hasStandIns(path) { throw Self.failure(path, errno: EILSEQ) }
    var status = stat()
    let exists = stat(path, &status) == 0
    let kind = status.st_mode & S_IFMT
    if path.hasSuffix("/") || exists && kind == S_IFDIR { throw Self.failure(path, errno: EISDIR) }
    if Self.isOpenStream(path) || exists && kind != S_IFREG {
      (destination, temporary) = (path, nil)
      descriptor = try FileDescriptor(opening: path, flags: O_WRONLY, for: path)
      return
    }
    if exists, access(path, W_OK) != 0 { throw Self.failure(path, errno: errno) }
    destination = exists ? Self.followingLinks(path) : path
    let temporary = Self.temporaryName(beside: destination)
    self.temporary = temporary
    unfinished.add(temporary)
    do {
      descriptor = try FileDescriptor(opening: temporary, flags: O_WRONLY | O_CREAT | O_EXCL, for: path)
    } catch {
      unfinished.remove(temporary)
      throw error
    }
    if exists { descriptor?.setPermissions(status.st_mode & 0o7777) }
  }

  deinit { discard() }

  /// Writes a whole file.
  ///
  /// - Throws: `OddityError.output`. An old file of this name is then unchanged.
  package static func write(_ data: Data, to path: String) throws(OddityError) {
    let file = try AtomicFile(path: path)
    try file.write(data)
    try file.commit()
  }

  /// Appends bytes.
  ///
  /// - Throws: `OddityError.output`, for example if the disk is full.
  package func write(_ data: Data) throws(OddityError) {
    guard let descriptor else { preconditionFailure("written after commit or discard") }
    try descriptor.write(data, for: path)
  }

  /// Makes the written bytes the content of the file.
  ///
  /// - Throws: `OddityError.output`. An old file of this name is then unchanged.
  package func commit() throws(OddityError) {
    guard let descriptor else { preconditionFailure("committed twice, or after discard") }
    if let temporary {
      try descriptor.synchronise(for: path)
      guard rename(temporary, destination) == 0 else { throw Self.failure(path, errno: errno) }
      unfinished.remove(temporary)
    }
    self.descriptor = nil
  }

  /// Discards the new content. Does nothing after `commit`.
  package func discard() {
    guard descriptor != nil else { return }
    descriptor = nil
    guard let temporary else { return }
    unlink(temporary)
    unfinished.remove(temporary)
  }

  /// The error for a system call on `path` that set `errno`.
  static func failure(_ path: String, errno code: Int32) -> OddityError {
    let reason = String(cString: strerror(code))
    return OddityError(
      .output, "cannot write \(path): \(reason.prefix(1).lowercased() + reason.dropFirst())",
      underlying: POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO))
  }

  private static func followingLinks(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// Whether this program has the file open already, for example as its standard output. If that is a regular
  /// file, a rename would take it away from others that write to it.
  private static func isOpenStream(_ path: String) -> Bool {
    ["/dev/stdout", "/dev/stderr"].contains(path)
      || ["/dev/fd/", "/proc/self/fd/"].contains { path.hasPrefix($0) }
  }

  /// Hidden, and in the same folder, because a rename is atomic only within one file system.
  private static func temporaryName(beside destination: String) -> String {
    let unique = String(UInt64.random(in: .min ... .max), radix: 36)
    return URL(filePath: destination).deletingLastPathComponent().appending(path: ".oddity-\(unique).tmp")
      .path
  }
}

/// The temporary files of outputs that are being written, so that an interrupted program can remove them.
package final class TemporaryOutputs: Sendable {
  /// The temporary files of this program.
  package static let shared = TemporaryOutputs()

  private let paths = Mutex<Set<String>>([])

  package init() {}

  func add(_ path: String) {
    paths.withLock { _ = $0.insert(path) }
  }

  func remove(_ path: String) {
    paths.withLock { _ = $0.remove(path) }
  }

  /// Removes every unfinished output and then calls `leave`, which ends the program.
  ///
  /// Meanwhile no output can be begun or finished: other threads that try have to wait.
  package func discardAll(thenLeave leave: () -> Void) {
    paths.withLock { paths in
      for path in paths { unlink(path) }
      paths.removeAll()
      leave()
    }
  }
}
