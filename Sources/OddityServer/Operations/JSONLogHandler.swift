import Foundation
import Logging

/// Writes a log as one JSON object a line, to standard error.
public struct JSONLogHandler: LogHandler {
  public var logLevel = Logger.Level.info
  public var metadata: Logger.Metadata = [:]
  private let label: String
  private let write: @Sendable (String) -> Void

  public init(label: String, write: @escaping @Sendable (String) -> Void = Self.standardError) {
    (self.label, self.write) = (label, write)
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    var fields = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
    fields["time"] = Date.now.formatted(.iso8601.time(includingFractionalSeconds: true))
    fields["level"] = event.level.rawValue
    fields["logger"] = label
    fields["message"] = "\(event.message)"
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let line = try? encoder.encode(fields) else { return }
    write(String(decoding: line, as: UTF8.self) + "\n")
  }

  /// Nothing can be done where standard error is closed.
  public static let standardError: @Sendable (String) -> Void = { line in
    try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
  }
}
