import ArgumentParser
import Foundation
import Oddity
import Yams

/// The possible values of a setting.
struct SettingKind<Value> {
  /// A description of the values for error messages.
  let name: String
  /// Parses the value of a variable, or returns nil if it has the wrong type.
  let variable: (String) -> Value?
  /// Parses the value in the file, or returns nil if it has the wrong type.
  let scalar: (Node.Scalar) -> Value?
  var allows: (Value) -> Bool = { _ in true }
  /// How the flag finds its value. A number may begin with a minus.
  var parsing = SingleValueParsingStrategy.next

  /// - Parameter place: the name of the setting as the user wrote it.
  func refusal(_ place: String) -> OddityError { OddityError(.usage, "\(place) is not \(name)") }

  static func text() -> Self where Value == String {
    SettingKind(
      name: "a non-empty text", variable: { $0 }, scalar: \.string, allows: { !$0.isEmpty })
  }

  static func integer(_ range: ClosedRange<Int>) -> Self where Value == Int {
    SettingKind(
      name: "a whole number between \(range.lowerBound) and \(range.upperBound)", variable: { Int($0) },
      scalar: Int.construct, allows: range.contains, parsing: .unconditional)
  }

  static func number(_ range: ClosedRange<Double>) -> Self where Value == Double {
    SettingKind(
      name: "a number between \(range.lowerBound) and \(range.upperBound)", variable: { Double($0) },
      scalar: Double.construct, allows: range.contains, parsing: .unconditional)
  }

  static func flag() -> Self where Value == Bool {
    let words = ["yes": true, "true": true, "1": true, "no": false, "false": false, "0": false]
    return SettingKind(
      name: "true or false", variable: { words[$0.lowercased()] }, scalar: Bool.construct)
  }

  static func choice() -> Self where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    SettingKind(
      name: Value.allCases.map(\.rawValue).joined(separator: " or "), variable: Value.init,
      scalar: { Value(rawValue: $0.string) })
  }
}

/// The places of settings other than the command line: the environment, and then the file.
struct SettingPlaces {
  /// The environment variables. `ODDITY_MAX_BATCH` is the setting `max-batch`.
  private let environment: [String: String]
  private let file: String?
  /// The settings in the file.
  private let settings: Node.Mapping

  /// - Parameters:
  ///   - file: a YAML file with a mapping of settings.
  ///   - keys: all existing settings. Other keys in the file are errors.
  /// - Throws: ``OddityError`` `.usage` if the file cannot be read.
  init(environment: [String: String], file: String?, keys: Set<String>) throws {
    (self.environment, self.file) = (environment, file)
    settings = try file.map { try Self.settings(in: $0, keys: keys) } ?? [:]
  }

  /// Refuses unknown keys. A misspelt key would otherwise be ignored silently.
  private static func settings(in file: String, keys: Set<String>) throws -> Node.Mapping {
    guard FileManager.default.isReadableFile(atPath: file) else {
      throw OddityError(.usage, "--config \(file) cannot be read: name a YAML file of settings")
    }
    let content: Node?
    do throws(OddityError) {
      content = try YAMLFile.root(file, what: "configuration")
    } catch {
      throw OddityError(.usage, "--config \(error.message)", underlying: error)
    }
    guard let content, content.null == nil else { return [:] }
    guard let settings = content.mapping else {
      throw OddityError(.usage, "--config \(file) does not hold settings of the form 'port: 8080'")
    }
    if let unknown = settings.keys.map({ $0.string ?? "" }).sorted().first(where: { !keys.contains($0) }) {
      throw OddityError(
        .usage,
        "--config \(file) has the unknown setting '\(unknown)': the settings are "
          + "\(keys.sorted().joined(separator: ", "))"
      )
    }
    return settings
  }

  /// The value in the first place that has the setting.
  ///
  /// - Throws: ``OddityError`` `.usage` if it is not a valid value.
  func value<Value>(_ key: String, _ kind: SettingKind<Value>) throws(OddityError) -> Value? {
    let variable = "ODDITY_" + key.uppercased().replacing("-", with: "_")
    if let text = environment[variable] {
      guard let value = kind.variable(text), kind.allows(value) else { throw kind.refusal(variable) }
      return value
    }
    guard let file, let node = settings[key] else { return nil }
    guard let value = node.scalar.flatMap(kind.scalar), kind.allows(value) else {
      throw kind.refusal("\(key) in \(file)")
    }
    return value
  }
}
