import ArgumentParser
import Foundation
import Logging
import Oddity
import OddityServer

/// The settings of `oddity serve`, from flags, the environment and a file, in this order.
struct ServeSettings {
  var host = "127.0.0.1"
  var port = 8_080
  var logFormat = LogFormat.text
  var logLevel = Logger.Level.notice
  var server = ServerOptions()

  /// The defaults.
  init() {}

  /// - Throws: ``OddityError`` `.usage` for invalid values and files that cannot be read; `.output` for a
  ///   state file that cannot be used.
  init(_ flags: ServeFlags, environment: [String: String], file: String?) throws {
    let places = try SettingPlaces(environment: environment, file: file, keys: Self.keys)
    for setting in Self.all { try setting.take(flags, places, &self) }
  }

  static var keys: Set<String> { Set(all.map(\.key)) }

  /// All settings.
  static var all: [ServeSetting] {
    [
      .text("host", \.host, "The address to listen at", "address"),
      .integer("port", \.port, in: 0...65_535, "The port to listen on; 0 picks a free port"),
      .file("api-key-file", "Accept only requests with one of the keys in this file, one per line") {
        $0.server.keys = try keys(in: $1)
      },
      .file(
        "state",
        "Keep the drift state of all streams in this SQLite file, so that it survives a restart"
      ) { $0.server.store = try StreamStore(path: $1) },
      .url("webhook", "Post JSON to this URL for each outlier and each drift alarm") {
        $0.server.webhook = try WebhookAddress($1)
      },
      .number(
        "drift-delta", \.server.drift.delta, in: 1e-12...0.5,
        "Probability that a source ever raises a false drift alarm", "p"),
      .integer(
        "max-sources", \.server.drift.streams, in: 1...10_000,
        "The most sources that are watched for each model"),
      .flag(
        "thumbnails", \.server.keepsThumbnails,
        "Show the latest outliers on the status page; small copies are kept in memory"),
      .integer(
        "max-batch", \.server.limits.maxBatch, in: 1...4_096, "The most images in one batch of the engine"),
      .duration(
        "max-delay", \.server.limits.maxDelay, in: 0...60_000, of: .milliseconds(1),
        "Milliseconds that an image waits for others to join its batch", "ms"),
      .integer(
        "max-queue", \.server.limits.queuedImages,
        "The most images that may wait for the engine; while so many wait, new requests are refused"),
      .integer(
        "max-requests", \.server.limits.concurrentRequests,
        "The most requests that are handled at once; more are refused"),
      .integer("max-body", \.server.limits.bodyBytes, "The largest request body, in bytes"),
      .integer(
        "max-bodies", \.server.limits.bodiesBytes, in: 1...1 << 40,
        "The most bytes of all request bodies at one time; more are refused"),
      .integer("max-pixels", \.server.limits.pixels, "The most pixels in one image"),
      .integer("max-images", \.server.limits.imagesInRequest, "The most images in one request"),
      .duration(
        "max-body-time", \.server.limits.bodyTime, in: 0.1...3_600,
        "Seconds that a client may take to send its request, and again to read the answer"),
      .duration(
        "max-idle-time", \.server.limits.idleTime, in: 0.1...3_600,
        "Seconds after which an idle connection is closed"),
      .duration(
        "shutdown-delay", \.server.limits.shutdownNotice, in: 0...3_600,
        "Seconds that the server still accepts requests after it reports that it is not ready, so that a "
          + "load balancer notices"),
      .choice("log-format", \.logFormat, "text or json", "text|json"),
      .choice(
        "log-level", \.logLevel,
        "The lowest level that is logged: trace, debug, info (every request), notice, warning, error or "
          + "critical",
        "level"),
    ]
  }

  private static func keys(in file: String) throws -> APIKeys {
    let text: String
    do {
      text = try String(contentsOfFile: file, encoding: .utf8)
    } catch {
      throw OddityError(.usage, "the key file \(file) cannot be read", underlying: error)
    }
    return try APIKeys(text, from: file)
  }
}

/// The format of the server's log.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
