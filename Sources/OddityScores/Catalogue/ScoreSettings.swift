import OddityClassifier

/// Parameters that a user set in the form `NAME.PARAM=VALUE`.
public struct ScoreSettings: Sendable {
  private var values: [String: [String: Double]] = [:]

  public init() {}

  /// Adds one setting.
  ///
  /// - Throws: ``OddityError`` `.usage` for an unknown score or parameter, and for a value out of range, with
  ///   the allowed values in the message.
  public mutating func set(_ text: String) throws(OddityError) {
    func refusal(_ reason: String) -> OddityError { OddityError(.usage, "\(.settings, text): \(reason)") }
    // In `mahalanobis++.x=1`, the last dot before the equals sign separates score and parameter.
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

  /// What parameters can be set for: scores of the catalogue, multipliers, and fusions.
  private static func description(_ name: String) -> ScoreDescription? {
    ScoreCatalogue.method(name)?.description
      ?? (Scores.multipliers + [FusionSettings.description]).first { $0.name == name }
  }

  /// Why a name that is not a plain score has no settings.
  ///
  /// - Parameter setting: the parameter with its value, after the dot.
  private static func reason(against name: String, setting: Substring) -> String {
    switch Result(catching: { () throws(OddityError) in try ScoreName(parsing: name).form }) {
    case .success(.withSelectedNorm(let plain)):
      return "\(name) has the parameters of \(plain), so write \(.settings, "\(plain)\(setting)")"
    case .success(.multiplied(let plain, let multiplier)):
      let name = multiplier.statistic.multiplierName
      return
        "it has the parameters of \(plain) and of \(name), so write \(.settings, "\(plain)\(setting)") or "
        + "\(.settings, "\(name)\(setting)")"
    case .success(.fusion):
      return "a fusion has one set of parameters, set as in \(.settings, "fusion.cost=0.1")"
    case .success(.norm): return "\(name) has no parameters"
    case .success(.auto):
      return "auto has no parameters; set those of a score that it may choose by the name of that score"
    case .success:
      return
        "an ensemble has no parameters; set those of its scores by their names, as in \(.settings, "knn.K=5")"
    case .failure(let error): return error.message
    }
  }

  /// The settings in the form that ``set(_:)`` takes.
  package var texts: [String] {
    values.flatMap { score, parameters in parameters.map { "\(score).\($0.key)=\($0.value)" } }.sorted()
  }

  /// The scores that have settings.
  var scores: [String] { values.keys.sorted() }

  /// Whether a score, or one that it consists of, has settings.
  package func concern(_ name: ScoreName) -> Bool {
    if name.isFusion, values[FusionSettings.description.name] != nil { return true }
    return name.leaves.contains { leaf in leaf.described.contains { values[$0.name] != nil } }
  }

  /// - Parameter seed: the seed of the fit.
  func parameters(of description: ScoreDescription, seed: UInt64 = 0) -> ScoreParameters {
    ScoreParameters(set: values[description.name] ?? [:], seed: seed)
  }
}

extension ScoreSettings {
  /// Whether a temperature is set, so that none has to be fitted.
  package var setsTemperature: Bool {
    parameters(of: TemperatureScaling.description).isSet(TemperatureScaling.temperature)
  }
}
