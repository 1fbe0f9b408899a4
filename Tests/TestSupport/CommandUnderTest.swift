import Foundation

/// Runs the built command like a user, in a separate process.
public enum CommandUnderTest {
  public struct Outcome: Sendable {
    public let status: Int32
    public let output: String
    public let messages: String
  }

  /// The command beside the test bundle, where SwiftPM builds both. `ODDITY_COMMAND` names another command.
  public static var executable: URL {
    if let path = ProcessInfo.processInfo.environment["ODDITY_COMMAND"] { return URL(filePath: path) }
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
    let folder = bundle?.bundleURL.deletingLastPathComponent() ?? Bundle.main.bundleURL
    return folder.appending(path: "oddity")
  }

  /// Runs the command to its end.
  ///
  /// - Parameters:
  ///   - arguments: the arguments after `oddity` in a shell.
  ///   - input: the content of standard input.
  ///   - output: a file for standard output, which is then not in the outcome.
  ///   - directory: the working directory.
  public static func run(
    _ arguments: [String], input: String = "", output: FileHandle? = nil, directory: URL? = nil
  ) throws -> Outcome {
    try run(executable, arguments, input: input, output: output, directory: directory)
  }

  /// Runs a Bash script to its end. In it, `$oddity` is the command.
  public static func shell(_ script: String, directory: URL? = nil) throws -> Outcome {
    try run(
      URL(filePath: "/bin/bash"), ["-c", "oddity=$0; " + script, executable.path], input: "", output: nil,
      directory: directory)
  }

  /// Starts the command and lets it wait for standard input that never comes, until a signal ends it.
  ///
  /// - Parameters:
  ///   - signal: the signal to send.
  ///   - isReady: called repeatedly. The signal is sent when it returns true.
  /// - Returns: the outcome. Its status is −1 if the signal killed the process.
  public static func interrupt(
    _ arguments: [String], with signal: Int32, directory: URL, when isReady: () throws -> Bool
  ) throws -> Outcome {
    let stalled = Pipe()
    let run = try Run(
      executable, arguments, input: stalled.fileHandleForReading, output: nil, directory: directory)
    let deadline = ContinuousClock.now + .seconds(60)
    while try !isReady(), run.process.isRunning, .now < deadline { usleep(10_000) }
    kill(run.process.processIdentifier, signal)
    return try run.outcome()
  }

  private static func run(
    _ executable: URL, _ arguments: [String], input: String, output: FileHandle?, directory: URL?
  ) throws -> Outcome {
    let folder = try TemporaryFolder()
    try Data(input.utf8).write(to: URL(filePath: folder.path("input")))
    let input = try FileHandle(forReadingFrom: URL(filePath: folder.path("input")))
    return try Run(executable, arguments, input: input, output: output, directory: directory).outcome()
  }
}

/// A running process whose output and messages are written to files, so that no amount of text blocks it.
private struct Run {
  let process = Process()
  private let folder: TemporaryFolder

  init(
    _ executable: URL, _ arguments: [String], input: FileHandle, output: FileHandle?, directory: URL?
  ) throws {
    folder = try TemporaryFolder()
    for name in ["output", "messages"] { try Data().write(to: URL(filePath: folder.path(name))) }
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = directory
    process.standardInput = input
    process.standardOutput = try output ?? FileHandle(forWritingTo: URL(filePath: folder.path("output")))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: folder.path("messages")))
    try process.run()
  }

  func outcome() throws -> CommandUnderTest.Outcome {
    process.waitUntilExit()
    let texts = try ["output", "messages"].map {
      String(decoding: try Data(contentsOf: URL(filePath: folder.path($0))), as: UTF8.self)
    }
    let status = process.terminationReason == .exit ? process.terminationStatus : -1
    return CommandUnderTest.Outcome(status: status, output: texts[0], messages: texts[1])
  }
}
