import Foundation
import Imaging

/// An open file of the system. If it was opened here, it is closed on release.
package final class FileDescriptor: Sendable {
  private let number: Int32
  private let isOwned: Bool

  /// The program's standard output.
  package static let standardOutput = FileDescriptor(borrowing: STDOUT_FILENO)

  private init(borrowing number: Int32) {
    self.number = number
    isOwned = false
  }

  /// - Parameters:
  ///   - flags: as for `open(2)`. A new file gets the permissions 0666, reduced by the umask.
  ///   - output: the path in errors.
  package init(opening path: String, flags: Int32, for output: String) throws(OddityError) {
    isOwned = true
    // Paths of outputs must be text.
    if FileName.hasStandIns(path) { throw AtomicFile.failure(output, errno: EILSEQ) }
    number = open(path, flags | O_CLOEXEC, 0o666)
    if number < 0 { throw AtomicFile.failure(output, errno: errno) }
  }

  deinit {
    if isOwned { close(number) }
  }

  func setPermissions(_ mode: mode_t) {
    fchmod(number, mode)
  }

  /// Writes all of the bytes, even if the system accepts only a part at a time.
  ///
  /// - Throws: `OddityError.output`. Its underlying error is `POSIXError.EPIPE` if the reader has closed the
  ///   pipe.
  package func write(_ data: Data, for output: String) throws(OddityError) {
    var rest = data[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(number, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written >= 0 else { throw AtomicFile.failure(output, errno: errno) }
      rest = rest.dropFirst(written)
    }
  }

  /// Whether it is a file on a disk, not a terminal, pipe or device.
  package var isRegularFile: Bool {
    var status = stat()
    return fstat(number, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Locks the file against other programs that ask for the lock, until this one closes it. Does nothing if
  /// the file system has no locks.
  ///
  /// - Returns: false if another program holds the lock.
  package func lock() -> Bool {
    while flock(number, LOCK_EX | LOCK_NB) != 0 {
      if errno == EWOULDBLOCK { return false }
      if errno != EINTR { return true }
    }
    return true
  }

  /// Truncates the file.
  ///
  /// - Throws: `OddityError.output`.
  package func truncate(to size: Int, for output: String) throws(OddityError) {
    guard ftruncate(number, off_t(size)) == 0 else { throw AtomicFile.failure(output, errno: errno) }
  }

  /// Waits until the bytes are on the disk. Only then may the file replace another.
  package func synchronise(for output: String) throws(OddityError) {
    while fsync(number) != 0 {
      guard errno == EINTR else { throw AtomicFile.failure(output, errno: errno) }
    }
  }
}
