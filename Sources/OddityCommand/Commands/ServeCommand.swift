import ArgumentParser
import Foundation
import Logging
import Oddity
import OddityServer
import Engines

/// `oddity serve`: serves guarded models over HTTP.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract:
      "Serves guarded models over HTTP: the Open Inference Protocol, plain image uploads, and a status page.",
    discussion: """
      The name of a model is its file name without the extension. On SIGTERM the server finishes the \
      requests that it has, then exits.

        oddity serve guarded.onnx
        curl --data-binary @photo.jpg http://localhost:8080/v1/models/guarded/score

      Each setting can be given as a flag (--max-batch 32), an environment variable (ODDITY_MAX_BATCH), or a \
      key in the YAML file of --config (max-batch: 32). Flags win over variables, and variables win over the \
      file.
      """)

  @Argument(help: ArgumentHelp("The guarded models.", valueName: "guarded"))
  var guarded: [String]

  @Option(
    help: ArgumentHelp("A YAML file of settings, with the names of the flags as keys.", valueName: "file"))
  var config: String?

  @OptionGroup(title: "Server") var flags: ServeFlags
  @OptionGroup(title: "Engine") var engine: EngineFlags
  @OptionGroup var messages: MessageFlags

  func validate() throws {
    guard engine.batch == nil else {
      throw ValidationError("--batch does not work with a server: use --max-batch")
    }
    do throws(OddityError) {
      try OddityServer.checkNames(guarded.map(Self.name))
    } catch { throw ValidationError(error.message) }
  }

  func run() async throws {
    let console = Console(quiet: messages.quiet)
    let settings = try ServeSettings(
      flags, environment: ProcessInfo.processInfo.environment, file: config)
    let server = try OddityServer(
      detectors(console, makesMaps: settings.server.keepsThumbnails), options: settings.server)
    console.endProgress()
    let logger = logger(settings)
    try await server.run(host: settings.host, port: settings.port, logger: logger) { port in
      let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
      switch settings.logFormat {
      case .text: console.note("listening at http://\(host):\(port)")
      case .json: logger.notice("listening", metadata: ["url": "http://\(host):\(port)"])
      }
    }
  }

  /// The name by which clients call a model.
  private static func name(_ path: String) -> String {
    URL(filePath: path).deletingPathExtension().lastPathComponent
  }

  /// - Parameter makesMaps: whether models with a map compute it. They need not, if the page shows no
  ///   outliers.
  private func detectors(_ console: Console, makesMaps: Bool) throws -> [(name: String, detector: Detector)] {
    // All files are read before the first one is compiled, so that errors in them are reported early.
    let models = try guarded.map { try GuardedModel(contentsOf: URL(filePath: $0)) }
    let opened = try engine.open()
    return try zip(guarded, models).map { path, model in
      let detector = try Detector(
        model, engine: opened, options: engine.runOptions(console),
        makesMaps: makesMaps && model.metadata.map != nil)
      return (Self.name(path), detector)
    }
  }

  private func logger(_ settings: ServeSettings) -> Logger {
    var logger = Logger(label: "oddity") { label in
      switch settings.logFormat {
      case .text: StreamLogHandler.standardError(label: label)
      case .json: JSONLogHandler(label: label, write: Audience.process.say)
      }
    }
    logger.logLevel = settings.logLevel
    return logger
  }
}
