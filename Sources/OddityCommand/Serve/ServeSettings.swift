import Configuration
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

  /// Everything that can be set: a flag `--KEY`, a variable `ODDITY_KEY`, a line `KEY: value` of the file.
  static let keys: Set<String> = [
    "host", "port", "api-key-file", "state", "drift-delta", "max-sources", "thumbnails", "max-batch",
    "max-delay",
    "max-queue", "max-requests", "max-body", "max-bodies", "max-pixels", "max-images", "max-body-time",
    "max-idle-time", "shutdown-delay", "log-format", "log-level",
  ]

  /// - Throws: ``OddityError`` `.usage` for values that are none, and files that cannot be read; `.output` for a state file
  ///   that cannot be used.
  init(_ flags: ServeFlags, environment: [String: String], file: String?) async throws {
    let reader = try await SettingReader(
      flags: flags.given, environment: environment, file: file, keys: Self.keys)
    host = try reader.text("host") ?? host
    port = try reader.integer("port", in: 0...65_535) ?? port
    logFormat = try reader.choice("log-format") ?? logFormat
    logLevel = try reader.choice("log-level") ?? logLevel
    server.keepsThumbnails = try reader.flag("thumbnails") ?? server.keepsThumbnails
    server.drift.delta = try reader.number("drift-delta", in: 1e-12...0.5) ?? server.drift.delta
    server.drift.streams = try reader.integer("max-sources", in: 1...10_000) ?? server.drift.streams
    server.keys = try reader.text("api-key-file").map(Self.keys)
    server.store = try reader.text("state").map { try StreamStore(path: $0) }
    try takeLimits(reader)
  }

  private mutating func takeLimits(_ reader: SettingReader) throws {
    var limits = ServerLimits()
    limits.maxBatch = try reader.integer("max-batch", in: 1...4_096) ?? limits.maxBatch
    limits.maxDelay =
      try reader.number("max-delay", in: 0...60_000).map { .seconds($0 / 1_000) } ?? limits.maxDelay
    limits.queuedImages = try reader.integer("max-queue", in: 1...Int(Int32.max)) ?? limits.queuedImages
    limits.concurrentRequests =
      try reader.integer("max-requests", in: 1...Int(Int32.max)) ?? limits.concurrentRequests
    limits.bodyBytes = try reader.integer("max-body", in: 1...Int(Int32.max)) ?? limits.bodyBytes
    limits.bodiesBytes = try reader.integer("max-bodies", in: 1...1 << 40) ?? limits.bodiesBytes
    limits.pixels = try reader.integer("max-pixels", in: 1...Int(Int32.max)) ?? limits.pixels
    limits.imagesInRequest =
      try reader.integer("max-images", in: 1...Int(Int32.max)) ?? limits.imagesInRequest
    limits.bodyTime =
      try reader.number("max-body-time", in: 0.1...3_600).map { .seconds($0) } ?? limits.bodyTime
    limits.idleTime =
      try reader.number("max-idle-time", in: 0.1...3_600).map { .seconds($0) } ?? limits.idleTime
    limits.shutdownNotice =
      try reader.number("shutdown-delay", in: 0...3_600).map { .seconds($0) } ?? limits.shutdownNotice
    server.limits = limits
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
