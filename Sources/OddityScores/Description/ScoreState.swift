/// What a score has learnt, in the words and numbers of a guarded model's metadata.
public struct ScoreState: Codable, Sendable, Equatable {
  public let name: String
  public let values: [String: Value]

  package init(_ name: String, _ values: [String: Value]) {
    (self.name, self.values) = (name, values)
  }

  public enum Value: Codable, Sendable, Equatable {
    case number(Double)
    case text(String)

    public init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Double.self) {
        self = .number(number)
      } else {
        self = .text(try container.decode(String.self))
      }
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .number(let number): try container.encode(number)
      case .text(let text): try container.encode(text)
      }
    }
  }
}
