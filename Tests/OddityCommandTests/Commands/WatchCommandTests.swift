import Foundation
import Testing
import TestSupport

/// `oddity watch`.
@Suite struct WatchCommandTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  @Test func imagesThatAreThereAndThoseThatComeAreScored() throws {
    let folder = workshop.folder.url.appending(path: "incoming")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let files = try FileManager.default.contentsOfDirectory(
      at: workshop.folder.url.appending(path: "odd"), includingPropertiesForKeys: nil
    ).sorted { $0.path < $1.path }
    for file in files.prefix(2) {
      try FileManager.default.copyItem(at: file, to: folder.appending(path: file.lastPathComponent))
    }
    let third = files[2]
    // This uses a thread, because a task might have to wait until the command ends, but the command waits for
    // its input.
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: 1)
      try? FileManager.default.copyItem(at: third, to: folder.appending(path: "later.png"))
      try? Data("no image".utf8).write(to: folder.appending(path: "broken.png"))
    }
    let outcome = try workshop.oddity(
      "watch", "guarded.onnx", "incoming", "--existing", "--interval", "0.2", "--idle", "4")
    #expect(outcome.status == 1, "\(outcome.messages)")
    let lines = try outcome.output.jsonLines()
    #expect(lines.count == 4)
    let expected = try workshop.oddity("score", "guarded.onnx", "odd").jsonLines()
    for (line, other) in zip(lines, expected.prefix(2)) {
      #expect(try line.number("score") == other.number("score"))
    }
    let names = try lines.dropFirst(2).map { try $0.text("input") }
    #expect(names.contains { $0.hasSuffix("later.png") } && names.contains { $0.hasSuffix("broken.png") })
  }

  @Test func whatIsThereIsLeftAloneUnlessAskedFor() throws {
    let outcome = try workshop.oddity("watch", "guarded.onnx", "odd", "--interval", "0.1", "--idle", "0.5")
    #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome.messages)")
    let outliers = try workshop.oddity(
      "watch", "guarded.onnx", "odd", "--existing", "--only-outliers", "--interval", "0.1", "--idle", "1")
    let flagged = try workshop.oddity("score", "guarded.onnx", "odd", "--only-outliers").jsonLines()
    #expect(try outliers.output.jsonLines().count == flagged.count)
  }

  @Test func whatCannotBeWatchedIsSaid() throws {
    #expect(try workshop.oddity("watch", "guarded.onnx", "nowhere").status == 65)
    for flags in [["--interval", "0"], ["--idle", "-1"], ["--drift-delta", "1"]] {
      #expect(try workshop.oddity(["watch", "guarded.onnx", "odd"] + flags).status == 2)
    }
  }
}
