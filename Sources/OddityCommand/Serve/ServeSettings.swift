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
      .integer("port", \.port, in: 0...65_535, "The port to listen at; 0 takes a free one"),
      .file("api-key-file", "Let in only who has one of the keys in this file, one a line") {
        $0.server.keys = try keys(in: $1)
      },
      .file(
        "state",
        "Keep the streams that are watched for drift here, so that they go on after a restart (SQLite)"
      ) { $0.server.store = try StreamStore(path: $1) },
      .url("webhook", "Post JSON to this address for each outlier, and for each alarm of drift") {
        $0.server.webhook = try WebhookAddress($1)
      },
      .number(
        "drift-delta", \.server.drift.delta, in: 1e-12...0.5,
        "Probability of ever raising a false alarm of drift, for each source", "p"),
      .integer(
        "max-sources", \.server.drift.streams, in: 1...10_000,
        "Sources that are watched, at most, for each model"),
      .flag(
        "thumbnails", \.server.keepsThumbnails,
        "Show the latest outliers on the page, which keeps them in memory"),
      .integer(
        "max-batch", \.server.limits.maxBatch, in: 1...4_096, "Images in a batch of the engine at most"),
      .duration(
        "max-delay", \.server.limits.maxDelay, in: 0...60_000, of: .milliseconds(1),
        "Milliseconds that an image waits for others to join its batch", "ms"),
      .integer(
        "max-queue", \.server.limits.queuedImages,
        "Images that may wait for the engine; requests are refused while they are there"),
      .integer(
        "max-requests", \.server.limits.concurrentRequests,
        "Requests that are worked on at once; more are refused"),
      .integer("max-body", \.server.limits.bodyBytes, "Bytes of a request's body at most"),
      .integer(
        "max-bodies", \.server.limits.bodiesBytes, in: 1...1 << 40,
        "Bytes of all bodies that are there at once; more are refused"),
      .integer("max-pixels", \.server.limits.pixels, "Pixels of an image at most"),
      .integer("max-images", \.server.limits.imagesInRequest, "Images of a request at most"),
      .duration(
        "max-body-time", \.server.limits.bodyTime, in: 0.1...3_600,
        "Seconds that a request's body may take to come, and its answer to be read"),
      .duration(
        "max-idle-time", \.server.limits.idleTime, in: 0.1...3_600,
        "Seconds after which a connection is closed on which no request comes"),
      .duration(
        "shutdown-delay", \.server.limits.shutdownNotice, in: 0...3_600,
        "Seconds that requests are still taken after the readiness has gone, so that a load balancer notices"),
      .choice("log-format", \.logFormat, "text or json", "text|json"),
      .choice(
        "log-level", \.logLevel,
        "What is logged at least: trace, debug, info (every request), notice, warning, error or critical",
        "level"),
    ]
  }

  private static func keys(in file: String) throws -> APIKeys {
    let text: String
    do {
      text = try String(contentsOfFile: file, encoding: .utf8)
    } catch {
      throw OddityError(.usage, "the file of keys \(file) cannot be read", underlying: error)
    }
    return try APIKeys(text, from: file)
  }
}

/// The format of the server's log.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
