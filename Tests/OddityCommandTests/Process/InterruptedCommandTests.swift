import Foundation
import Testing
import TestSupport

/// Ctrl-C and closed pipes, on the built command during its work.
@Suite struct InterruptedCommandTests {
  private let workshop: Workshop
  private let folder: TemporaryFolder

  init() throws {
    workshop = try Workshop.shared
    folder = try TemporaryFolder()
    try Data("old".utf8).write(to: folder.url.appending(path: "result"))
  }

  /// When the signal arrives, the command has opened its output and waits for paths on standard input.
  @Test(.timeLimit(.minutes(20)), arguments: [SIGINT, SIGTERM])
  func nothingHalfWrittenIsLeft(signal: Int32) throws {
    let model = Fixtures.url("vgg.ts.onnx").path
    for arguments in [["fit", model, "--id", "-"], ["score", "guarded.onnx", "-"]] {
      let outcome = try CommandUnderTest.interrupt(
        arguments + ["--output", folder.path("result")], with: signal, directory: workshop.folder.url
      ) {
        try folder.contents().count == 2
      }
      #expect(outcome.status == 128 + signal && outcome.output.isEmpty && outcome.messages.isEmpty)
      #expect(try folder.contents() == ["result"])
      #expect(try Data(contentsOf: folder.url.appending(path: "result")) == Data("old".utf8))
    }
  }

  /// The first line proves that scoring has begun. Nobody reads more lines, so the command cannot finish.
  @Test(.timeLimit(.minutes(20))) func scoringIsInterruptedBetweenLines() throws {
    let outcome = try CommandUnderTest.shell(
      """
      mkfifo '\(folder.path("pipe"))'
      "$oddity" score guarded.onnx many.npy many.npy > '\(folder.path("pipe"))' &
      exec 3< '\(folder.path("pipe"))'
      head -c 1 <&3
      kill -INT $!
      wait $!
      """, directory: workshop.folder.url)
    #expect(outcome.status == 130 && outcome.output == "{" && outcome.messages.isEmpty)
  }

  @Test(
    .timeLimit(.minutes(20)),
    arguments: [
      "score guarded.onnx many.npy", "score guarded.onnx many.npy --format csv",
      "evaluate guarded.onnx --id odd --ood a=many.npy", "inspect guarded.onnx",
    ])
  func aClosedPipeEndsQuietly(command: String) throws {
    let outcome = try CommandUnderTest.shell(
      "\"$oddity\" \(command) | head -n 1; exit ${PIPESTATUS[0]}", directory: workshop.folder.url)
    #expect(outcome.status == 0 && outcome.messages.isEmpty)
    #expect(outcome.output.count { $0 == "\n" } == 1)
  }
}
