import Foundation
import Imaging
import Oddity

/// Who hears a command: whoever sits at the process's standard outputs, or a program that calls it as a function.
package struct Audience: Sendable {
  /// Takes results.
  package let write: @Sendable (Data) throws(OddityError) -> Void
  /// Takes warnings and notes, each with its line's end.
  package let say: @Sendable (String) -> Void
  /// Takes progress; nil where it is shown as a text beside the messages.
  package let follow: (@Sendable (Oddity.Progress) -> Void)?

  package init(
    write: @escaping @Sendable (Data) throws(OddityError) -> Void, say: @escaping @Sendable (String) -> Void,
    follow: (@Sendable (Oddity.Progress) -> Void)? = nil
  ) {
    (self.write, self.say, self.follow) = (write, say, follow)
  }

  /// That of the running command.
  @TaskLocal package static var current = process

  /// Nothing can be done where standard error is closed, so its failures are dropped.
  package static let process = Audience(
    write: { (data) throws(OddityError) in
      try FileDescriptor.standardOutput.write(data, for: "standard output")
    },
    say: { text in
      try? FileHandle.standardError.write(contentsOf: Data(FileName.shownInMessage(text).utf8))
    })
}
