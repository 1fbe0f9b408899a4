import Foundation
import Testing
import TestSupport

/// `oddity score --output FILE --resume`: after any interruption, the next run continues, and every image has
/// one line.
@Suite struct ResumedScoringTests {
  private let workshop: Workshop
  private let folder: TemporaryFolder
  /// The path of the results.
  private let path: String
  /// Enough images that a kill interrupts the run. Some cannot be read.
  private static let sources = ["odd", "bad.txt"] + Array(repeating: "many.npy", count: 8) + ["id"]

  init() throws {
    workshop = try Workshop.shared
    folder = try TemporaryFolder()
    path = folder.path("results.jsonl")
  }

  private func arguments(_ sources: [String], _ flags: String...) throws -> [String] {
    try Data("not an image".utf8).write(to: URL(filePath: folder.path("broken.jpg")))
    let sources = sources.map { $0 == "bad.txt" ? folder.path("broken.jpg") : $0 }
    return ["score", "guarded.onnx"] + sources + ["--output", path, "--resume", "--quiet"] + flags
  }

  private func results() throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
  }

  /// The output of an uninterrupted run.
  private func whole(_ sources: [String]) throws -> String {
    let path = folder.path("broken.jpg")
    let sources = sources.map { $0 == "bad.txt" ? path : $0 }
    return try workshop.oddity(["score", "guarded.onnx", "--quiet"] + sources).output
  }

  @Test(.timeLimit(.minutes(20)), arguments: [SIGKILL, SIGTERM])
  func aKilledRunGoesOn(signal: Int32) throws {
    let arguments = try arguments(Self.sources)
    let killed = try CommandUnderTest.interrupt(
      arguments, with: signal, directory: workshop.folder.url
    ) { ((try? FileManager.default.attributesOfItem(atPath: path)[.size]) as? Int ?? 0) > 20_000 }
    #expect(killed.status == (signal == SIGKILL ? -1 : 143))
    let whole = try whole(Self.sources)
    let left = try results()
    #expect(!left.isEmpty && left.utf8.count < whole.utf8.count)
    let complete = left.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    try expectSameLines(
      complete.joined(separator: "\n"),
      whole.split(separator: "\n").prefix(complete.count).joined(separator: "\n"))
    let resumed = try workshop.oddity(arguments)
    #expect(resumed.status == 1, "an image failed, be it in the first run")
    try expectSameLines(results(), whole)
  }

  /// A limit on the size of files stops the write in the middle of a line, as a full disk does.
  @Test func aFullDiskLeavesWhatCanBeGoneOnWith() throws {
    let words = try arguments(Self.sources).map { "'\($0)'" }.joined(separator: " ")
    let full = try CommandUnderTest.shell(
      "ulimit -f 33; \"$oddity\" \(words)", directory: workshop.folder.url)
    #expect(full.status == 74)
    #expect(try results().utf8.count == 33 * 1_024)
    #expect(try workshop.oddity(arguments(Self.sources)).status == 1)
    try expectSameLines(results(), whole(Self.sources))
  }

  @Test(arguments: [
    "{\"input\":\"odd/03.j", "{", "{\"input\":\"odd/03.jpg\",\"score\":1}", "\u{0}\u{0}\u{0}",
  ])
  func halfALineIsCutOff(half: String) throws {
    let whole = try whole(["odd"])
    let lines = whole.split(separator: "\n", omittingEmptySubsequences: false)
    try Data((lines[..<3].joined(separator: "\n") + "\n" + half).utf8).write(to: URL(filePath: path))
    #expect(try workshop.oddity(arguments(["odd"])).status == 0)
    try expectSameLines(results(), whole)
  }

  @Test func whatIsDoneIsNotDoneAgain() throws {
    #expect(try workshop.oddity(arguments(["odd", "bad.txt"])).status == 1)
    let before = try results()
    let again = try workshop.oddity(arguments(["odd", "bad.txt"]).filter { $0 != "--quiet" })
    #expect(again.status == 1 && again.messages.contains("21 images are done"))
    #expect(try results() == before)
  }

  /// One line for all of a source's images would shift all following lines, and a later run could not
  /// continue.
  @Test func aSourceThatCannotBeOpenedEndsTheRun() throws {
    let outcome = try workshop.oddity(arguments(["odd", "missing.tar"]))
    #expect(outcome.status == 65 && outcome.messages.contains("missing.tar"), "\(outcome.messages)")
    #expect(try results().isEmpty)
  }

  @Test func shardsGoOnToo() throws {
    let whole = try (1...3).map {
      try workshop.oddity("score", "guarded.onnx", "id", "odd", "--shard", "\($0)/3").output
    }
    let lines = whole[1].split(separator: "\n", omittingEmptySubsequences: false)
    try Data((lines[..<20].joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
    #expect(try workshop.oddity(arguments(["id", "odd"], "--shard", "2/3")).status == 0)
    #expect(try results() == whole[1])
    let stranger = try workshop.oddity(arguments(["id", "odd"], "--shard", "3/3"))
    #expect(stranger.status == 65 && stranger.messages.contains("line 1 of \(path) is not the result of"))
  }

  @Test func otherResultsAreRefused() throws {
    let whole = try whole(["odd"])
    func refusal(_ text: String, _ sources: [String] = ["odd"]) throws -> String {
      try Data(text.utf8).write(to: URL(filePath: path))
      let outcome = try workshop.oddity(arguments(sources))
      #expect(outcome.status == 65 && outcome.output.isEmpty)
      #expect(try results() == text, "nothing is lost")
      return outcome.messages
    }
    #expect(try refusal(whole, ["new"]).contains("line 1 of \(path) is not the result of new/0.jpg"))
    #expect(try refusal(whole + whole).contains("more lines than there are images"))
    #expect(try refusal("notes without an end of line").contains("does not end with results"))
    #expect(try refusal("{\"weights\": [1, 2]}").contains("does not end with results"))
    #expect(try refusal(whole + "more").contains("does not end with results"))
    #expect(try refusal("1.5\n2.5\n").contains("is not the result of odd/00.jpg"))
    let changed = whole.replacing(/"score":[0-9.]+/, with: "\"score\":7.25")
    #expect(try refusal(changed).contains("another model or precision"))
    // A fit of the same network has the same norms, but different learned parameters of other scores.
    let further = whole.replacing(/"energy":[0-9.]+/, with: "\"energy\":7.25")
    #expect(further != whole)
    #expect(try refusal(further).contains("another model or precision"))
  }

  @Test func oneProgramWritesAtATime() throws {
    let words = try arguments(["odd"]).map { "'\($0)'" }.joined(separator: " ")
    let outcome = try CommandUnderTest.shell(
      "exec 9>>'\(path)'; flock 9; \"$oddity\" \(words)", directory: workshop.folder.url)
    #expect(outcome.status == 74 && outcome.messages.contains("another program is writing \(path)"))
  }

  @Test func whatCannotBeGoneOnWithIsRefused() throws {
    for (flags, word) in [
      (["--resume"], "--output"), (["--resume", "--output", "-"], "--output"),
      (["--resume", "--output", path, "--format", "csv"], "--format csv"),
      (["--resume", "--output", path, "--only-outliers"], "--only-outliers"),
    ] {
      let outcome = try workshop.oddity(["score", "guarded.onnx", "odd"] + flags)
      #expect(outcome.status == 2 && outcome.messages.contains(word))
    }
    let device = try workshop.oddity("score", "guarded.onnx", "odd", "--resume", "--output", "/dev/null")
    #expect(device.status == 74 && device.messages.contains("/dev/null is not one"))
  }
}
