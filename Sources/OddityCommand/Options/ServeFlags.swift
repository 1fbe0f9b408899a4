import ArgumentParser
import Configuration
import Logging

/// How a server listens, what it takes, and what it remembers: the flags of `oddity serve`.
///
/// Each is also an environment variable and a key of the configuration file (``ServeSettings``).
struct ServeFlags: ParsableArguments {
  @Option(help: ArgumentHelp("The address to listen at (default: 127.0.0.1).", valueName: "address"))
  var host: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The port to listen at; 0 takes a free one (default: 8080).", valueName: "n"))
  var port: Int?

  @Option(
    help: ArgumentHelp("Let in only who has one of the keys in this file, one a line.", valueName: "file"))
  var apiKeyFile: String?

  @Option(
    help: ArgumentHelp(
      "Keep the streams that are watched for drift here, so that they go on after a restart (SQLite).",
      valueName: "file"))
  var state: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Probability of ever raising a false alarm of drift, for each source (default: 0.01).", valueName: "p"))
  var driftDelta: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Sources that are watched, at most, for each model (default: 100).", valueName: "n"))
  var maxSources: Int?

  @Flag(
    inversion: .prefixedNo,
    help: "Show the latest outliers on the page, which keeps them in memory (default).")
  var thumbnails: Bool?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Images in a batch of the engine at most (default: 16).", valueName: "n"))
  var maxBatch: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Milliseconds that an image waits for others to join its batch (default: 2).", valueName: "ms"))
  var maxDelay: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Images that may wait for the engine; requests are refused while they are there (default: 128).",
      valueName: "n"))
  var maxQueue: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Requests that are worked on at once; more are refused (default: 256).", valueName: "n"))
  var maxRequests: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Bytes of a request's body at most (default: 33554432).", valueName: "n"))
  var maxBody: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Bytes of all bodies that are there at once; more are refused (default: 268435456).", valueName: "n"))
  var maxBodies: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Pixels of an image at most (default: 50000000).", valueName: "n"))
  var maxPixels: Int?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Images of a request at most (default: 256).", valueName: "n")
  )
  var maxImages: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Seconds that a request's body may take to come, and its answer to be read (default: 60).",
      valueName: "s"))
  var maxBodyTime: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Seconds after which a connection is closed on which no request comes (default: 30).", valueName: "s"))
  var maxIdleTime: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Seconds that requests are still taken after the readiness has gone, so that a load balancer notices (default: 0).",
      valueName: "s"))
  var shutdownDelay: Double?

  @Option(help: ArgumentHelp("text or json (default: text).", valueName: "text|json"))
  var logFormat: LogFormat?

  @Option(
    help: ArgumentHelp(
      "What is logged at least: trace, debug, info (every request), notice, warning, error or critical (default: notice).",
      valueName: "level"))
  var logLevel: Logger.Level?

  /// What was given, by its key.
  var given: [AbsoluteConfigKey: ConfigValue] {
    let texts = [
      "host": host, "api-key-file": apiKeyFile, "state": state, "log-format": logFormat?.rawValue,
      "log-level": logLevel?.rawValue,
    ].compactMapValues { $0.map { ConfigContent.string($0) } }
    let integers = [
      "port": port, "max-sources": maxSources, "max-batch": maxBatch, "max-queue": maxQueue,
      "max-requests": maxRequests,
      "max-body": maxBody, "max-bodies": maxBodies, "max-pixels": maxPixels, "max-images": maxImages,
    ].compactMapValues { $0.map { ConfigContent.int($0) } }
    let numbers = [
      "drift-delta": driftDelta, "max-delay": maxDelay, "max-body-time": maxBodyTime,
      "max-idle-time": maxIdleTime,
      "shutdown-delay": shutdownDelay,
    ].compactMapValues { $0.map { ConfigContent.double($0) } }
    let flags = ["thumbnails": thumbnails].compactMapValues { $0.map { ConfigContent.bool($0) } }
    let all = [texts, integers, numbers, flags].flatMap(\.self)
    return Dictionary(
      all.map { (AbsoluteConfigKey([$0.key]), ConfigValue($0.value, isSecret: false)) },
      uniquingKeysWith: { first, _ in first })
  }
}

/// How the server's log is written.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
