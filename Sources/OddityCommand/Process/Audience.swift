import Foundation
import Imaging
import Oddity

/// Receives the output of a command: the process's standard output and error, or a program that calls it as a
/// function.
package struct Audience: Sendable {
  /// Receives results.
  package let write: @Sendable (Data) throws(OddityError) -> Void
  /// Receives warnings and notes, each with its line break.
  package let say: @Sendable (String) -> Void
  /// Receives progress, or nil if progress is shown as text among the messages.
  package let follow: (@Sendable (Oddity.Progress) -> Void)?

  package init(
    write: @escaping @Sendable (Data) throws(OddityError) -> Void, say: @escaping @Sendable (String) -> Void,
    follow: (@Sendable (Oddity.Progress) -> Void)? = nil
  ) {
    (self.write, self.say, self.follow) = (write, say, follow)
  }

  /// The audience of the running command.
  @TaskLocal package static var current = process

  /// Failures of standard error are ignored, because they cannot be reported anywhere.
  package static let process = Audience(
    write: { (data) throws(OddityError) in
      try FileDescriptor.standardOutput.write(data, for: "standard output")
    },
    say: { text in
      try? FileHandle.standardError.write(contentsOf: Data(FileName.shownInMessage(text).utf8))
    })
}
