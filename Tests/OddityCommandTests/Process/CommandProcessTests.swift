import Foundation
import Testing
import TestSupport

/// The built command in a shell.
@Suite struct CommandProcessTests {
  @Test func versionAndHelpGoToStandardOutput() throws {
    let version = try CommandUnderTest.run(["--version"])
    #expect(version.status == 0 && version.messages.isEmpty)
    #expect(version.output.wholeMatch(of: /oddity [0-9]+\.[0-9]+\.[0-9]+\n/) != nil)
    for command in [[], ["blocks"], ["fit"], ["score"], ["evaluate"], ["inspect"]] {
      let help = try CommandUnderTest.run(command + ["--help"])
      #expect(help.status == 0 && help.messages.isEmpty)
      #expect(help.output.contains("  oddity \(command.first ?? "fit") "), "an example")
    }
  }

  @Test(arguments: [["fit"], ["frob"], ["serve"], ["fit", "m", "--from", "x"], ["score", "g"]])
  func usageErrorsExitWithTwo(arguments: [String]) throws {
    let outcome = try CommandUnderTest.run(arguments)
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(outcome.messages.hasPrefix("oddity: "))
  }

  @Test func aClosedPipeEndsQuietly() throws {
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    let outcome = try CommandUnderTest.run(["--help"], output: pipe.fileHandleForWriting)
    #expect(outcome.status == 0 && outcome.messages.isEmpty)
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func aFullDiskIsToldApart() throws {
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let outcome = try CommandUnderTest.run(["--help"], output: full)
    #expect(outcome.status == 74)
    #expect(outcome.messages == "oddity: cannot write standard output: no space left on device\n")
  }
}
