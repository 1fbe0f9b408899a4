import ArgumentParser
import Foundation
import Imaging
import Oddity

/// The command `oddity`.
struct OddityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "oddity",
    abstract: "Tells when an image is unlike anything an ONNX classifier was trained on.",
    discussion: """
      Fit a detector with a classifier and images of the kind that it was trained on. The result is the \
      classifier with three more outputs: a score, a p-value and a verdict.

        oddity fit model.onnx --id train/ --calibration held-out/ -o guarded.onnx
        oddity score guarded.onnx new-images/

      Exit codes: 0 success; 1 an input failed or a check did not pass; 2 wrong usage; 65 bad model or data; \
      69 engine or decoder missing; 70 internal error; 74 output cannot be written; 130 interrupted.
      """,
    version: "oddity \(oddityVersion)",
    subcommands: [
      BlocksCommand.self, FitCommand.self, MergeCommand.self, ScoreCommand.self, EvaluateCommand.self,
      DiagnoseCommand.self, AssessCommand.self, CompareCommand.self, WatchCommand.self, BenchmarkCommand.self,
      ServeCommand.self, InspectCommand.self, VerifyCommand.self, ScoresCommand.self,
      EnginesCommand.self,
    ])
}

/// Runs the command from its arguments to its exit code.
public enum CommandRunner {
  /// Parses the process's arguments, runs the command, and exits with the documented exit code.
  public static func main() async -> Never {
    let arguments = UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
    leave(await beProgram(Self.arguments(arguments.dropFirst().map { UnsafePointer($0) })))
  }

  /// Ends the process without the clean-up of the engine. The clean-up unloads code that other threads may
  /// still use to release networks.
  private static func leave(_ code: Int32) -> Never {
    fflush(nil)
    _exit(code)
  }

  /// Runs the command as the whole program, and handles the process's signals.
  ///
  /// - Returns: the exit code.
  package static func beProgram(_ arguments: [String]) async -> Int32 {
    Setting.speakOfFlags()
    ignoreFailuresOfOutputs()
    Interruption.handle()
    return await run(arguments)
  }

  /// Converts arguments to text. File names are bytes, and `CommandLine.arguments` would alter those that are
  /// not UTF-8.
  package static func arguments(_ arguments: some Sequence<UnsafePointer<CChar>?>) -> [String] {
    arguments.compactMap { argument in
      argument.map { FileName.text(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    }
  }

  /// Runs a command that a program calls as a function. Its results and messages go to `audience`.
  ///
  /// - Throws: ``Stop``.
  package static func call(_ arguments: [String], for audience: Audience) async throws {
    if let name = arguments.first, isProgramOnly(name) {
      throw Stop(status: .usage, message: "'\(name)' is a command: run it as oddity \(name)")
    }
    try await Audience.$current.withValue(audience) { try await execute(arguments) }
  }

  /// Whether the command can run only as a program. A server handles the process's signals and ends with the
  /// process.
  private static func isProgramOnly(_ name: String) -> Bool {
    name == ServeCommand.configuration.commandName
  }

  /// Turns writing to a closed pipe, or beyond the file size limit, into errors of `write` instead of signals
  /// that kill the process.
  private static func ignoreFailuresOfOutputs() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }

  /// Parses the arguments and runs the command. Errors are printed on standard error.
  ///
  /// - Returns: the exit code.
  static func run(_ arguments: [String]) async -> Int32 {
    do {
      try await execute(arguments)
      return ExitStatus.done.rawValue
    } catch {
      let stop = error as? Stop ?? Stop(error)
      if let message = stop.message { Audience.current.say("oddity: \(message)\n") }
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

  /// Warns if an option that takes a list is given more than once. The user may expect that the lists add up,
  /// but only the last one counts.
  private static func warnOfRepetitions(in arguments: [String]) {
    let options = arguments.prefix { $0 != "--" }.map { $0.prefix { $0 != "=" } }
    for list in ["--score", "--pseudo-ood"] where options.count(where: { $0 == list }) > 1 {
      Console(quiet: false).warn(
        "\(list) is given more than once, but only the last one counts: give it once, with commas between "
          + "the names")
    }
  }
}

extension Stop {
  /// Handles an error of the argument parser: a usage error, or a request for help, which is printed.
  ///
  /// - Returns: nil if `error` does not come from the parser.
  /// - Throws: `OddityError.output` if the help cannot be printed.
  init?(parsing error: any Error) throws {
    switch OddityCommand.exitCode(for: error) {
    case .success:
      try ResultWriter.print(OddityCommand.fullMessage(for: error) + "\n")
      self.init(status: .done, message: nil)
    case .validationFailure:
      let message = OddityCommand.fullMessage(for: error)
      let prefix = "Error: "
      self.init(
        status: .usage, message: message.hasPrefix(prefix) ? String(message.dropFirst(prefix.count)) : message
      )
    default: return nil
    }
  }
}
