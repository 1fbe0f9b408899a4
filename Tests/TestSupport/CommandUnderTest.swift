import Foundation

/// Runs the built command as a user does, in a process of its own.
public enum CommandUnderTest {
  public struct Outcome: Sendable {
    public let status: Int32
    public let output: String
    public let messages: String
  }

  /// The command beside the test bundle, where SwiftPM builds both; `ODDITY_COMMAND` names another.
  public static var executable: URL {
    if let path = ProcessInfo.processInfo.environment["ODDITY_COMMAND"] { return URL(filePath: path) }
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
    let folder = bundle?.bundleURL.deletingLastPathComponent() ?? Bundle.main.bundleURL
    return folder.appending(path: "oddity")
  }

  /// Runs the command to its end.
  ///
  /// - Parameters:
  ///   - arguments: as after `oddity` in a shell.
  ///   - output: where standard output goes instead of into the outcome.
  ///   - directory: the working directory.
  public static func run(
    _ arguments: [String], output: FileHandle? = nil, directory: URL? = nil
  ) throws -> Outcome {
    let folder = try TemporaryFolder()
    let files = [folder.path("output"), folder.path("messages")]
    for file in files { try Data().write(to: URL(filePath: file)) }
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = directory
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try output ?? FileHandle(forWritingTo: URL(filePath: files[0]))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: files[1]))
    try process.run()
    process.waitUntilExit()
    let texts = try files.map { String(decoding: try Data(contentsOf: URL(filePath: $0)), as: UTF8.self) }
    return Outcome(status: process.terminationStatus, output: texts[0], messages: texts[1])
  }
}
