import OddityClassifier

/// A parameter that a score declares, with its type.
struct Parameter<Value: Sendable>: DeclaredParameter {
  let description: ScoreParameter
  fileprivate let value: @Sendable (Double?) -> Value
}

extension Parameter<Double> {
  init(
    _ name: String, _ summary: String, default standard: Double, in range: ClosedRange<Double>,
    excluding excludes: Set<Double> = []
  ) {
    description = ScoreParameter(name, summary, standard: standard, range: range, excluding: excludes)
    value = { $0 ?? standard }
  }

  init(_ name: String, _ summary: String, default standard: Double, in range: Range<Double>) {
    let closed = range.lowerBound...range.upperBound
    self.init(name, summary, default: standard, in: closed, excluding: [range.upperBound])
  }

  /// Any number from a bound, or above it.
  init(
    _ name: String, _ summary: String, default standard: Double, in range: PartialRangeFrom<Double>,
    excluding excludes: Set<Double> = []
  ) {
    let closed = range.lowerBound...Double.greatestFiniteMagnitude
    self.init(name, summary, default: standard, in: closed, excluding: excludes)
  }
}

extension Parameter<Int> {
  init(_ name: String, _ summary: String, default standard: Int, in range: ClosedRange<Int>) {
    description = ScoreParameter(
      name, summary, standard: Double(standard), range: Double(range.lowerBound)...Double(range.upperBound),
      isWhole: true)
    value = { $0.map { Int($0) } ?? standard }
  }
}

extension Parameter<Double?> {
  /// A number above 0 that is fitted unless it is set.
  init(fitted name: String, _ summary: String) {
    description = ScoreParameter(
      name, summary, standard: nil, range: 0...Double.greatestFiniteMagnitude, excluding: [0])
    value = { $0 }
  }
}

extension Parameter<Int?> {
  /// A whole number, at least 1, that depends on classifier and images unless it is set.
  ///
  /// - Parameter standard: a description of its default.
  init(_ name: String, _ summary: String, default standard: String) {
    description = ScoreParameter(
      name, summary, standard: nil, standardText: standard, range: 1...Double.greatestFiniteMagnitude,
      isWhole: true)
    value = { $0.map { Int(exactly: $0) ?? .max } }
  }
}

/// A parameter of any type.
protocol DeclaredParameter: Sendable {
  var description: ScoreParameter { get }
}

/// The parameters of one score that were set.
package struct ScoreParameters: Sendable {
  private let values: [String: Double]
  /// The seed of the fit, for random draws of a score.
  let seed: UInt64

  package init(set values: [String: Double] = [:], seed: UInt64 = 0) {
    (self.values, self.seed) = (values, seed)
  }

  /// The value that was set, or otherwise the default.
  subscript<Value>(parameter: Parameter<Value>) -> Value {
    parameter.value(values[parameter.description.name])
  }

  /// Whether a user set it. A value that was set is not adapted to the data, unlike a default.
  func isSet(_ parameter: some DeclaredParameter) -> Bool { values[parameter.description.name] != nil }
}

/// What a score has learnt, as words and numbers in the metadata of a guarded model.
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
