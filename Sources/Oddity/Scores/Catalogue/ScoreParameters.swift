/// A parameter that a score declares, with the type that it is read as.
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

  /// Any number from a bound on, or above it.
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
  /// A whole number from 1 on that depends on classifier and images unless it is set.
  ///
  /// - Parameter standard: what it then is, in words.
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

/// The parameters of one score, as far as they were set.
struct ScoreParameters: Sendable {
  private let values: [String: Double]

  init(set values: [String: Double] = [:]) { self.values = values }

  /// What was set, or else the standard value.
  subscript<Value>(parameter: Parameter<Value>) -> Value {
    parameter.value(values[parameter.description.name])
  }

  /// Whether a user set it: such a value holds as it is, where a standard fits the data.
  func isSet(_ parameter: some DeclaredParameter) -> Bool { values[parameter.description.name] != nil }
}

/// Parameters that a user set, as `NAME.PARAM=VALUE` says them.
public struct ScoreSettings: Sendable {
  private var values: [String: [String: Double]] = [:]

  public init() {}

  /// Takes one setting.
  ///
  /// - Throws: ``OddityError`` `.usage` for an unknown score or parameter and for a value out of range, naming what
  ///   is allowed.
  public mutating func set(_ text: String) throws(OddityError) {
    // Of `mahalanobis++.x=1` the last dot before the equals sign parts score and parameter.
    guard let equals = text.firstIndex(of: "="), let dot = text[..<equals].lastIndex(of: ".") else {
      throw OddityError(.usage, "--set \(text): say NAME.PARAM=VALUE, such as react.percentile=95")
    }
    let score = String(text[..<dot])
    let name = String(text[text.index(after: dot)..<equals])
    let value = String(text[text.index(after: equals)...])
    guard let method = ScoreCatalogue.method(score) else {
      throw OddityError(.usage, "--set \(text): \(Self.refusal(of: score, setting: text[dot...]))")
    }
    guard let parameter = method.description.parameters.first(where: { $0.name == name }) else {
      let known = method.description.parameters.map(\.name).joined(separator: ", ")
      throw OddityError(
        .usage,
        "--set \(text): "
          + (known.isEmpty ? "\(score) has no parameters" : "\(score) has the parameters \(known)"))
    }
    guard let number = Double(value), parameter.allows(number) else {
      throw OddityError(.usage, "--set \(text): \(score).\(name) takes \(parameter.rangeText)")
    }
    if let known = values[score]?[name], known != number {
      throw OddityError(
        .usage, "--set \(text): \(score).\(name) is set to \(Numbers.shortest(known)) already: set it once")
    }
    values[score, default: [:]][name] = number
  }

  /// Why nothing is set of a name that is no plain score.
  ///
  /// - Parameter setting: the parameter with its value, behind the dot.
  private static func refusal(of name: String, setting: Substring) -> String {
    switch Result(catching: { () throws(OddityError) in try ScoreName(parsing: name).form }) {
    case .success(.withSelectedNorm(let plain)):
      return "\(name) has the parameters of \(plain), so say --set \(plain)\(setting)"
    case .success(.auto):
      return "auto has no parameters; those of a score that it may choose are set by the score's name"
    case .success:
      return "an ensemble has no parameters; those of its scores are set by their names, as in --set knn.K=5"
    case .failure(let error): return error.message
    }
  }

  /// What was set, as ``set(_:)`` takes it.
  var texts: [String] {
    values.flatMap { score, parameters in parameters.map { "\(score).\($0.key)=\($0.value)" } }.sorted()
  }

  /// Which scores something was set of.
  var scores: [String] { values.keys.sorted() }

  /// Whether something was set of a score, or of one that it is made of.
  func concern(_ name: ScoreName) -> Bool {
    name.leaves.contains { leaf in leaf.method.map { values[$0.description.name] != nil } ?? false }
  }

  func parameters(of description: ScoreDescription) -> ScoreParameters {
    ScoreParameters(set: values[description.name] ?? [:])
  }
}
