import OddityClassifier

/// Parameters that a user set, as `NAME.PARAM=VALUE` says them.
public struct ScoreSettings: Sendable {
  private var values: [String: [String: Double]] = [:]

  public init() {}

  /// Takes one setting.
  ///
  /// - Throws: ``OddityError`` `.usage` for an unknown score or parameter and for a value out of range, naming what
  ///   is allowed.
  public mutating func set(_ text: String) throws(OddityError) {
    func refusal(_ reason: String) -> OddityError { OddityError(.usage, "\(.settings, text): \(reason)") }
    // Of `mahalanobis++.x=1` the last dot before the equals sign parts score and parameter.
    guard let equals = text.firstIndex(of: "="), let dot = text[..<equals].lastIndex(of: ".") else {
      throw refusal("say NAME.PARAM=VALUE, such as react.percentile=95")
    }
    let score = String(text[..<dot])
    let name = String(text[text.index(after: dot)..<equals])
    let value = String(text[text.index(after: equals)...])
    guard let description = Self.description(score) else {
      throw refusal(Self.reason(against: score, setting: text[dot...]))
    }
    guard let parameter = description.parameters.first(where: { $0.name == name }) else {
      let known = description.parameters.map(\.name).joined(separator: ", ")
      throw refusal(known.isEmpty ? "\(score) has no parameters" : "\(score) has the parameters \(known)")
    }
    guard let number = Double(value), parameter.allows(number) else {
      throw refusal("\(score).\(name) takes \(parameter.rangeText) (\(parameter.summary))")
    }
    if let known = values[score]?[name], known != number {
      throw refusal("\(score).\(name) is set to \(Numbers.shortest(known)) already: set it once")
    }
    values[score, default: [:]][name] = number
  }

  /// Of what parameters are set by their name: scores of the catalogue, what multiplies them, and fusions.
  private static func description(_ name: String) -> ScoreDescription? {
    ScoreCatalogue.method(name)?.description
      ?? (Scores.multipliers + [FusionSettings.description]).first { $0.name == name }
  }

  /// Why nothing is set of a name that is no plain score.
  ///
  /// - Parameter setting: the parameter with its value, behind the dot.
  private static func reason(against name: String, setting: Substring) -> String {
    switch Result(catching: { () throws(OddityError) in try ScoreName(parsing: name).form }) {
    case .success(.withSelectedNorm(let plain)):
      return "\(name) has the parameters of \(plain), so say \(.settings, "\(plain)\(setting)")"
    case .success(.multiplied(let plain, let multiplier)):
      let name = multiplier.statistic.multiplierName
      return
        "it has the parameters of \(plain) and of \(name), so say \(.settings, "\(plain)\(setting)") or "
        + "\(.settings, "\(name)\(setting)")"
    case .success(.fusion):
      return "the parameters of a fusion are set by the one word, as in \(.settings, "fusion.cost=0.1")"
    case .success(.norm): return "\(name) has no parameters"
    case .success(.auto):
      return "auto has no parameters; those of a score that it may choose are set by the score's name"
    case .success:
      return
        "an ensemble has no parameters; those of its scores are set by their names, as in \(.settings, "knn.K=5")"
    case .failure(let error): return error.message
    }
  }

  /// What was set, as ``set(_:)`` takes it.
  package var texts: [String] {
    values.flatMap { score, parameters in parameters.map { "\(score).\($0.key)=\($0.value)" } }.sorted()
  }

  /// Which scores something was set of.
  var scores: [String] { values.keys.sorted() }

  /// Whether something was set of a score, or of one that it is made of.
  package func concern(_ name: ScoreName) -> Bool {
    if name.isFusion, values[FusionSettings.description.name] != nil { return true }
    return name.leaves.contains { leaf in leaf.described.contains { values[$0.name] != nil } }
  }

  /// - Parameter seed: the fit's.
  func parameters(of description: ScoreDescription, seed: UInt64 = 0) -> ScoreParameters {
    ScoreParameters(set: values[description.name] ?? [:], seed: seed)
  }
}

extension ScoreSettings {
  /// Whether a temperature is set, so that none is to be fitted.
  package var setsTemperature: Bool {
    parameters(of: TemperatureScaling.description).isSet(TemperatureScaling.temperature)
  }
}
