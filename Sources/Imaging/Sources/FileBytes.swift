import Foundation

/// Reading files through the system's calls, with errors that name the file.
enum FileBytes {
  /// The largest encoded image that is read.
  static let maximumImageBytes = 512 << 20

  /// The content of a regular file.
  ///
  /// - Throws: `unreadable`, or `tooLarge` above `limit` bytes.
  static func read(_ path: String, limit: Int = maximumImageBytes) throws(ImagingError) -> [UInt8] {
    let file = try OpenFile(path)
    guard file.size <= limit else {
      throw ImagingError(.tooLarge, "'\(path)' has \(file.size) bytes; at most \(limit) are read")
    }
    return try file.read(count: file.size, at: 0)
  }

  /// The system's text for the last failed call.
  static var systemMessage: String { String(cString: strerror(errno)) }

  static func unreadable(_ path: String) -> ImagingError {
    ImagingError(.unreadable, "'\(path)' cannot be read", underlying: systemMessage)
  }
}

/// A regular file opened for reading at any place, from any thread; closed when it goes away.
final class OpenFile: Sendable {
  /// What messages call the file.
  let name: String
  let size: Int
  private let descriptor: Int32

  /// - Throws: `unreadable`, also for what is not a regular file.
  init(_ path: String) throws(ImagingError) {
    // A pipe without a writer would block for ever.
    let descriptor = FileName.withCString(path) { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { throw FileBytes.unreadable(path) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      close(descriptor)
      throw ImagingError(
        .unreadable, "'\(path)' is \(isFolder ? "a folder, not a file" : "not a regular file")")
    }
    (self.name, self.descriptor, size) = (path, descriptor, Int(status.st_size))
  }

  /// A nameless temporary file holding what `write` puts in; it is gone when it is closed.
  ///
  /// - Parameter name: What messages call the content.
  init(
    temporaryFor name: String,
    write: ((UnsafeRawBufferPointer) throws(ImagingError) -> Void) throws(ImagingError) -> Void
  ) throws(ImagingError) {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array((folder + "/oddity-XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else {
      throw ImagingError(
        .unreadable, "no temporary file can be made in '\(folder)' to inflate '\(name)'; set TMPDIR",
        underlying: FileBytes.systemMessage)
    }
    unlink(template)
    var size = 0
    do throws(ImagingError) {
      try write { (bytes) throws(ImagingError) in
        try Self.append(bytes, to: descriptor, name: name)
        size += bytes.count
      }
    } catch {
      close(descriptor)
      throw error
    }
    (self.name, self.descriptor, self.size) = (name, descriptor, size)
  }

  deinit { close(descriptor) }

  /// - Throws: `truncated` where the file has fewer bytes; `unreadable`.
  func read(count: Int, at offset: Int) throws(ImagingError) -> [UInt8] {
    let (bytes, read) = [UInt8].filled(count: count) { buffer in
      var done = 0
      while done < count {
        let step = pread(descriptor, buffer.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
        if step < 0 { return -1 }
        if step == 0 { break }
        done += step
      }
      return done
    }
    if read == -1 { throw FileBytes.unreadable(name) }
    guard count == 0 || read == count else {
      throw ImagingError(.truncated, "'\(name)' ends early; copy or download it again")
    }
    return bytes
  }

  private static func append(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, name: String
  ) throws(ImagingError) {
    var done = 0
    while done < bytes.count {
      let step = write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
      guard step > 0 else {
        throw ImagingError(
          .unreadable, "the temporary file for '\(name)' cannot be written; set TMPDIR to a larger disk",
          underlying: FileBytes.systemMessage)
      }
      done += step
    }
  }
}
