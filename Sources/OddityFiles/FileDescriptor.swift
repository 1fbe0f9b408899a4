import Foundation
import Imaging

/// An open file of the system, closed on release where it was opened here.
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
  ///   - flags: as of `open(2)`; a new file gets what the umask leaves of 0666.
  ///   - output: the path that errors name.
  package init(opening path: String, flags: Int32, for output: String) throws(OddityError) {
    isOwned = true
    // Outputs are named in text.
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

  /// Writes all of the bytes, however often the system takes only a part.
  ///
  /// - Throws: `OddityError.output`; its underlying error is `POSIXError.EPIPE` where the reader has gone away.
  package func write(_ data: Data, for output: String) throws(OddityError) {
    var rest = data[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(number, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written >= 0 else { throw AtomicFile.failure(output, errno: errno) }
      rest = rest.dropFirst(written)
    }
  }

  /// Whether it is a file on a disk, and no terminal, pipe or device.
  package var isRegularFile: Bool {
    var status = stat()
    return fstat(number, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Keeps other programs that ask for it from the file until this one closes it. Where the file system has no locks, nothing
  /// does.
  ///
  /// - Returns: false where another program has it.
  package func lock() -> Bool {
    while flock(number, LOCK_EX | LOCK_NB) != 0 {
      if errno == EWOULDBLOCK { return false }
      if errno != EINTR { return true }
    }
    return true
  }

  /// Cuts the file.
  ///
  /// - Throws: `OddityError.output`.
  package func truncate(to size: Int, for output: String) throws(OddityError) {
    guard ftruncate(number, off_t(size)) == 0 else { throw AtomicFile.failure(output, errno: errno) }
  }

  /// Waits until the bytes are on the disk: only then may the file take the place of another.
  package func synchronise(for output: String) throws(OddityError) {
    while fsync(number) != 0 {
      guard errno == EINTR else { throw AtomicFile.failure(output, errno: errno) }
    }
  }
}
