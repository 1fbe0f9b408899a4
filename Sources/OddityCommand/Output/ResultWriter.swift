import Foundation
import Imaging
import Oddity

/// Writes results to the audience (standard output), or to a file that appears only when it is complete.
final class ResultWriter {
  private enum Destination {
    case audience(Audience)
    case file(AtomicFile)
    /// A file that grows while results come, so that they survive if the program is killed.
    case growing(FileDescriptor, path: String)
  }

  private let destination: Destination
  private var buffer = Data()

  private static let bufferSize = 1 << 16

  /// - Parameter path: the file. nil or `-` means standard output.
  /// - Throws: `OddityError.output` if the file cannot be written.
  init(path: String?) throws(OddityError) {
    if let path, path != "-" {
      destination = .file(try AtomicFile(path: path))
    } else {
      destination = .audience(.current)
    }
  }

  /// Continues at the end of the results of an earlier run.
  init(appendingTo results: ResumedResults) {
    destination = .growing(results.file, path: results.path)
  }

  /// Prints text on standard output at once.
  static func print(_ text: String) throws(OddityError) {
    let writer = try ResultWriter(path: nil)
    try writer.write(text)
    try writer.finish()
  }

  /// Prints the result of a command as JSON or as text.
  static func print(_ report: some Encodable, asJSON json: Bool, text: @autoclosure () -> String) throws {
    try print(json ? JSONValue(encoding: report).indented() + "\n" : text())
  }

  /// Appends text. It may stay in memory until `flush` or `finish`.
  func write(_ text: String) throws(OddityError) {
    buffer.append(contentsOf: FileName.shownInMessage(text).utf8)
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// Passes on what was written. Called after each batch, so that a program at the other end of a pipe need
  /// not wait.
  func flush() throws(OddityError) {
    switch destination {
    case .audience(let audience): try audience.write(buffer)
    case .file(let file): try file.write(buffer)
    case .growing(let file, let path): try file.write(buffer, for: path)
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Passes on the rest. If results go to a file, makes it appear under its name.
  func finish() throws(OddityError) {
    try flush()
    switch destination {
    case .audience: break
    case .file(let file): try file.commit()
    case .growing(let file, let path): try file.synchronise(for: path)
    }
  }
}
