import ArgumentParser
import Foundation
import Imaging
import Oddity

/// Runs the command from its arguments to its exit code.
public enum CommandRunner {
  /// Parses the process's arguments, runs, and leaves with the contract's exit code.
  public static func main() async -> Never {
    ignoreFailuresOfOutputs()
    Interruption.handle()
    exit(await run(arguments))
  }

  /// What the command was called with. Names of files are bytes, and `CommandLine.arguments` would mend those that are no text.
  private static var arguments: [String] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { place in
      CommandLine.unsafeArgv[place].map {
        FileName.text(UnsafeRawBufferPointer(start: $0, count: strlen($0)))
      }
    }
  }

  /// A closed pipe and a file at its size limit become errors of `write` instead of killing the process.
  private static func ignoreFailuresOfOutputs() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }

  /// Parses and runs; what goes wrong is said on standard error.
  ///
  /// - Returns: the exit code.
  static func run(_ arguments: [String]) async -> Int32 {
    do {
      try await execute(arguments)
      return ExitStatus.done.rawValue
    } catch {
      let stop = error as? Stop ?? Stop(error)
      if let message = stop.message { Console.standardError("oddity: \(message)\n") }
      return stop.status.rawValue
    }
  }

  private static func execute(_ arguments: [String]) async throws {
    do {
      var command = try OddityCommand.parseAsRoot(arguments)
      warnOfRepetitions(in: arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      throw try Stop(parsing: error) ?? error
    }
  }

  /// Options that take a list, given more than once: someone may expect that the lists add up, and the last one counts.
  private static func warnOfRepetitions(in arguments: [String]) {
    let options = arguments.prefix { $0 != "--" }.map { $0.prefix { $0 != "=" } }
    for list in ["--score", "--pseudo-ood"] where options.count(where: { $0 == list }) > 1 {
      Console(quiet: false).warn(
        "\(list) is given more than once, and the last one counts: name all with one \(list), between commas")
    }
  }
}
