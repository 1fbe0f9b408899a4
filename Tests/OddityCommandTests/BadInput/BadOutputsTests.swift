import Foundation
import Testing
import TestSupport

/// An output that cannot be written ends a command with 74. The old file stays intact, and no other files
/// remain.
@Suite struct BadOutputsTests {
  private let workshop: Workshop
  private let folder: TemporaryFolder

  init() throws {
    workshop = try Workshop.shared
    folder = try TemporaryFolder()
    try Data("old".utf8).write(to: folder.url.appending(path: "old"))
  }

  private func expectOldFileAlone() throws {
    #expect(try folder.contents() == ["old"])
    #expect(try Data(contentsOf: folder.url.appending(path: "old")) == Data("old".utf8))
  }

  /// `fit` and `score`, each writing to a path.
  private func commands(writing path: String) -> [[String]] {
    [
      ["fit", Fixtures.url("vgg.ts.onnx").path, "--id", "id", "--output", path],
      ["score", "guarded.onnx", "many.npy", "--output", path],
    ]
  }

  /// A limit on the size of files stops the write in the middle, as a full disk does.
  @Test func filesThatOutgrowTheirLimit() throws {
    for arguments in commands(writing: folder.path("old")) {
      let words = arguments.map { "'\($0)'" }.joined(separator: " ")
      let outcome = try CommandUnderTest.shell(
        "ulimit -f 16; \"$oddity\" \(words)", directory: workshop.folder.url)
      #expect(outcome.status == 74)
      #expect(outcome.messages.hasSuffix("oddity: cannot write \(folder.path("old")): file too large\n"))
      try expectOldFileAlone()
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func fullDisks() throws {
    for arguments in commands(writing: "/dev/full") {
      let outcome = try workshop.oddity(arguments)
      #expect(outcome.status == 74 && outcome.output.isEmpty)
      #expect(outcome.messages.hasSuffix("oddity: cannot write /dev/full: no space left on device\n"))
    }
    for arguments in [
      "score guarded.onnx odd", "inspect guarded.onnx", "blocks '\(Fixtures.url("vgg.ts.onnx").path)'",
    ] {
      let outcome = try CommandUnderTest.shell(
        "exec \"$oddity\" \(arguments) > /dev/full", directory: workshop.folder.url)
      #expect(outcome.status == 74)
      #expect(outcome.messages == "oddity: cannot write standard output: no space left on device\n")
    }
  }

  @Test func foldersThatAreNone() throws {
    for (path, reason) in [
      (folder.path("absent/new"), "no such file or directory"), (folder.path("old/new"), "not a directory"),
      (folder.url.path, "is a directory"),
    ] {
      for arguments in commands(writing: path) {
        let outcome = try workshop.oddity(arguments)
        #expect(outcome.status == 74 && outcome.output.isEmpty)
        #expect(outcome.messages == "oddity: cannot write \(path): \(reason)\n", "before any work is done")
      }
    }
    try expectOldFileAlone()
  }

  /// Root may write everywhere.
  @Test(.enabled(if: geteuid() != 0)) func foldersAndFilesThatMayNotBeWritten() throws {
    let manager = FileManager.default
    for (path, mode, target) in [(folder.url.path, 0o555, "new"), (folder.path("old"), 0o444, "old")] {
      let before = try manager.attributesOfItem(atPath: path)
      try manager.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      defer { try? manager.setAttributes(before, ofItemAtPath: path) }
      for arguments in commands(writing: folder.path(target)) {
        let outcome = try workshop.oddity(arguments)
        #expect(outcome.status == 74 && outcome.messages.contains("permission denied"))
      }
      try expectOldFileAlone()
    }
  }

  @Test func anInputIsNeverReplaced() throws {
    let outcome = try workshop.oddity("score", "guarded.onnx", "odd", "--output", "./guarded.onnx")
    #expect(outcome.status == 2 && outcome.messages.contains("would replace the input guarded.onnx"))
    #expect(try workshop.oddity("inspect", "guarded.onnx").status == 0)
  }
}
