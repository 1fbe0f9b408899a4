import Foundation
import Logging
import Oddity

/// Writes each log entry as a JSON object on one line.
package struct JSONLogHandler: LogHandler {
  package var logLevel = Logger.Level.info
  package var metadata: Logger.Metadata = [:]
  private let label: String
  private let write: @Sendable (String) -> Void

  /// - Parameter write: receives each line with its line break.
  package init(label: String, write: @escaping @Sendable (String) -> Void) {
    (self.label, self.write) = (label, write)
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var fields = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues(Self.json)
    fields["request_id"] = fields.removeValue(forKey: RequestIdentity.key)
    fields["time"] = .string(Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    fields["level"] = .string(event.level.rawValue)
    fields["logger"] = .string(label)
    fields["message"] = .string("\(event.message)")
    let members = fields.sorted { $0.key < $1.key }.map { JSONValue.Member(key: $0, value: $1) }
    write(JSONValue.object(members).line + "\n")
  }

  /// Numbers in metadata are written as JSON numbers.
  private static func json(_ value: Logger.Metadata.Value) -> JSONValue {
    switch value {
    case .stringConvertible(let number as Int): JSONValue(number)
    case .stringConvertible(let number as Double) where number.isFinite: JSONValue(number)
    default: .string("\(value)")
    }
  }
}
