import CArchive
import Foundation

/// Reads files with system calls, with errors that name the file.
enum FileBytes {
  /// The largest encoded image that is read.
  static let maximumImageBytes = 512 << 20

  /// The content of a regular file.
  ///
  /// - Throws: `unreadable`, or `tooLarge` above `limit` bytes.
  static func read(_ path: String, limit: Int = maximumImageBytes) throws(ImagingError) -> [UInt8] {
    let file = try OpenFile(path)
    guard file.size <= limit else {
      throw .tooLarge("'\(path)' has \(file.size) bytes; at most \(limit) are read")
    }
    return try file.read(count: file.size, at: 0)
  }

  /// The system's message for the last failed call.
  static var systemMessage: String { String(cString: strerror(errno)) }

  static func unreadable(_ path: String) -> ImagingError {
    ImagingError(.unreadable, "'\(path)' cannot be read", underlying: systemMessage)
  }
}

/// A regular file that can be read at any position from any thread, and is closed on release; or bytes in
/// memory in the place of a file.
final class OpenFile: Sendable {
  /// The name of the file in messages.
  let name: String
  let size: Int
  private let content: Content

  private enum Content: @unchecked Sendable {
    case descriptor(Int32)
    /// Never written after it was created.
    case memory(UnsafeMutableRawBufferPointer)
  }

  /// - Throws: `unreadable`, also if it is not a regular file.
  init(_ path: String) throws(ImagingError) {
    // A pipe without a writer would otherwise block for ever.
    let descriptor = FileName.withCString(path) { Foundation.open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { throw FileBytes.unreadable(path) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      close(descriptor)
      throw ImagingError(
        .unreadable, "'\(path)' is \(isFolder ? "a folder, not a file" : "not a regular file")")
    }
    (name, content, size) = (path, .descriptor(descriptor), Int(status.st_size))
  }

  init(memory bytes: [UInt8], name: String) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    memory.copyBytes(from: bytes)
    (self.name, content, size) = (name, .memory(memory), bytes.count)
  }

  /// A nameless temporary file with the content that `write` adds. It is deleted when it is closed.
  ///
  /// - Parameter name: the name of the content in messages.
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
    (self.name, content, self.size) = (name, .descriptor(descriptor), size)
  }

  deinit {
    switch content {
    case .descriptor(let descriptor): close(descriptor)
    case .memory(let memory): memory.deallocate()
    }
  }

  /// - Throws: `truncated` if the file has fewer bytes; `unreadable`.
  func read(count: Int, at offset: Int) throws(ImagingError) -> [UInt8] {
    let (bytes, read) = [UInt8].filled(count: count) { buffer in
      switch content {
      case .memory(let memory):
        let slice = memory[min(offset, size)..<min(offset + count, size)]
        UnsafeMutableRawBufferPointer(buffer).copyBytes(from: slice)
        return slice.count
      case .descriptor(let descriptor): return Self.read(descriptor, at: offset, into: buffer)
      }
    }
    if read == -1 { throw FileBytes.unreadable(name) }
    guard count == 0 || read == count else {
      throw ImagingError(.truncated, "'\(name)' ends early; copy or download it again")
    }
    return bytes
  }

  /// At most `count` bytes; empty at the end.
  func read(upTo count: Int, at offset: Int = 0) throws(ImagingError) -> [UInt8] {
    try read(count: max(0, min(count, size - offset)), at: offset)
  }

  /// The number of bytes that were read, or -1.
  private static func read(
    _ descriptor: Int32, at offset: Int, into buffer: UnsafeMutableBufferPointer<UInt8>
  ) -> Int {
    var done = 0
    while done < buffer.count {
      let step = pread(
        descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
      if step < 0 { return -1 }
      if step == 0 { break }
      done += step
    }
    return done
  }

  /// Lets libarchive read the file itself, so that it can skip what is not needed. The archive must not
  /// outlive this object.
  func open(_ archive: OpaquePointer) -> Int32 {
    switch content {
    case .memory(let memory): archive_read_open_memory(archive, memory.baseAddress, memory.count)
    case .descriptor: FileName.withCString(name) { archive_read_open_filename(archive, $0, 1 << 16) }
    }
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
