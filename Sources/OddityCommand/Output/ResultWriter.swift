import Foundation
import Imaging
import Oddity

/// Where results go: to the audience, which is standard output, or to a file that appears whole when everything is written.
final class ResultWriter {
  private enum Destination {
    case audience(Audience)
    case file(AtomicFile)
    /// Grows as results come, so that what was done is there when the program is not.
    case growing(FileDescriptor, path: String)
  }

  private let destination: Destination
  private var buffer = Data()

  private static let bufferSize = 1 << 16

  /// - Parameter path: the file; nil or `-` is standard output.
  /// - Throws: `OddityError.output` where the file cannot be written.
  init(path: String?) throws(OddityError) {
    if let path, path != "-" {
      destination = .file(try AtomicFile(path: path))
    } else {
      destination = .audience(.current)
    }
  }

  /// Goes on at the end of results that an earlier run left.
  init(appendingTo results: ResumedResults) {
    destination = .growing(results.file, path: results.path)
  }

  /// Prints text on standard output at once.
  static func print(_ text: String) throws(OddityError) {
    let writer = try ResultWriter(path: nil)
    try writer.write(text)
    try writer.finish()
  }

  /// Prints what a command found, for programs or for people.
  static func print(_ report: some Encodable, asJSON json: Bool, text: @autoclosure () -> String) throws {
    try print(json ? JSONValue(encoding: report).indented() + "\n" : text())
  }

  /// Appends text; it may stay in memory until `flush` or `finish`.
  func write(_ text: String) throws(OddityError) {
    buffer.append(contentsOf: FileName.shownInMessage(text).utf8)
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// Hands on what was written: after each batch, so that a program at the other end of a pipe need not wait.
  func flush() throws(OddityError) {
    switch destination {
    case .audience(let audience): try audience.write(buffer)
    case .file(let file): try file.write(buffer)
    case .growing(let file, let path): try file.write(buffer, for: path)
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Hands on the rest and, of a file, makes it appear under its name.
  func finish() throws(OddityError) {
    try flush()
    switch destination {
    case .audience: break
    case .file(let file): try file.commit()
    case .growing(let file, let path): try file.synchronise(for: path)
    }
  }
}
