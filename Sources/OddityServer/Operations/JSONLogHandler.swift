import Foundation
import Logging
import Oddity

/// Writes a log as one JSON object a line.
public struct JSONLogHandler: LogHandler {
  public var logLevel = Logger.Level.info
  public var metadata: Logger.Metadata = [:]
  private let label: String
  private let write: @Sendable (String) -> Void

  /// - Parameter write: takes each line, with its end.
  public init(label: String, write: @escaping @Sendable (String) -> Void) {
    (self.label, self.write) = (label, write)
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    var fields = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues(Field.init)
    fields["request_id"] = fields.removeValue(forKey: RequestIdentity.key)
    fields["time"] = .text(Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    fields["level"] = .text(event.level.rawValue)
    fields["logger"] = .text(label)
    fields["message"] = .text("\(event.message)")
    guard let line = try? fields.json() else { return }
    write(line + "\n")
  }

  /// Numbers stay numbers.
  private enum Field: Encodable {
    case text(String)
    case number(Double)

    init(_ value: Logger.Metadata.Value) {
      switch value {
      case .stringConvertible(let number as Int): self = .number(Double(number))
      case .stringConvertible(let number as Double) where number.isFinite: self = .number(number)
      default: self = .text("\(value)")
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .text(let text): try container.encode(text)
      case .number(let number): try container.encode(number)
      }
    }
  }
}
