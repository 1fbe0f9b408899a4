import ArgumentParser
import Configuration
import Foundation
import Oddity
import SystemPackage
import Yams

/// What values of a setting may be.
struct SettingKind<Value> {
  let type: ConfigType
  /// What refusals call it.
  let name: String
  /// nil for content of another type.
  let read: (ConfigContent) -> Value?
  var allows: (Value) -> Bool = { _ in true }
  /// How its flag finds its value: a number may begin with a minus.
  var parsing = SingleValueParsingStrategy.next

  /// - Parameter place: what the user calls the setting there.
  func refusal(_ place: String) -> OddityError { OddityError(.usage, "\(place) is not \(name)") }
}

extension SettingKind<String> {
  static var text: Self {
    SettingKind(type: .string, name: "a text that is not empty", read: \.text, allows: { !$0.isEmpty })
  }
}

extension SettingKind<Int> {
  static func integer(_ range: ClosedRange<Int>) -> Self {
    SettingKind(
      type: .int, name: "a whole number between \(range.lowerBound) and \(range.upperBound)",
      read: { if case .int(let number) = $0 { number } else { nil } }, allows: range.contains,
      parsing: .unconditional)
  }
}

extension SettingKind<Double> {
  static func number(_ range: ClosedRange<Double>) -> Self {
    SettingKind(
      type: .double, name: "a number between \(range.lowerBound) and \(range.upperBound)",
      read: { if case .double(let number) = $0 { number } else { nil } }, allows: range.contains,
      parsing: .unconditional)
  }
}

extension SettingKind<Bool> {
  static var flag: Self {
    SettingKind(
      type: .bool, name: "true or false", read: { if case .bool(let flag) = $0 { flag } else { nil } })
  }
}

extension SettingKind where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  static func choice() -> Self {
    SettingKind(
      type: .string, name: Value.allCases.map(\.rawValue).joined(separator: " or "),
      read: { $0.text.flatMap(Value.init) })
  }
}

extension ConfigContent {
  fileprivate var text: String? { if case .string(let text) = self { text } else { nil } }
}

/// Where settings stand beside the command line: the environment, and after it the file.
struct SettingPlaces {
  private struct Place {
    let provider: any ConfigProvider
    /// What the user calls a setting there.
    let name: @Sendable (String) -> String
  }

  private var places: [Place]

  /// - Parameters:
  ///   - environment: variables; `ODDITY_MAX_BATCH` is the setting `max-batch`.
  ///   - file: of YAML, a mapping of settings.
  ///   - keys: the settings that there are: others in the file are errors.
  /// - Throws: ``OddityError`` `.usage` where the file cannot be read.
  init(environment: [String: String], file: String?, keys: Set<String>) async throws {
    let variables = EnvironmentVariablesProvider(environmentVariables: environment)
    places = [
      Place(provider: variables.prefixKeys(with: ["oddity"])) {
        "ODDITY_" + $0.uppercased().replacing("-", with: "_")
      }
    ]
    if let file, try Self.check(file, keys: keys) {
      let provider = try await FileProvider<YAMLSnapshot>(filePath: FilePath(file))
      places.append(Place(provider: provider) { "\($0) in \(file)" })
    }
  }

  /// What is misspelt would silently do nothing.
  ///
  /// - Returns: whether there is anything in it.
  private static func check(_ file: String, keys: Set<String>) throws -> Bool {
    guard FileManager.default.isReadableFile(atPath: file) else {
      throw OddityError(.usage, "--config \(file) cannot be read: name a YAML file of settings")
    }
    let content: Any?
    do {
      content = try Yams.load(yaml: String(contentsOfFile: file, encoding: .utf8))
    } catch {
      let reason = error is YamlError ? "\(error)" : error.localizedDescription
      throw OddityError(.usage, "--config \(file) cannot be read as YAML: \(reason)", underlying: error)
    }
    guard let content, !(content is NSNull) else { return false }
    guard let settings = content as? [String: Any] else {
      throw OddityError(.usage, "--config \(file) is no mapping of settings such as 'port: 8080'")
    }
    if let unknown = settings.keys.sorted().first(where: { !keys.contains($0) }) {
      throw OddityError(
        .usage,
        "--config \(file) has '\(unknown)', which is no setting: there are \(keys.sorted().joined(separator: ", "))"
      )
    }
    return true
  }

  /// What the first place says that has the setting.
  ///
  /// - Throws: ``OddityError`` `.usage` where it is none of its kind.
  func value<Value>(_ key: String, _ kind: SettingKind<Value>) throws(OddityError) -> Value? {
    for place in places {
      do {
        let found = try place.provider.value(forKey: AbsoluteConfigKey([key]), type: kind.type).value
        guard let found else { continue }
        if let value = kind.read(found.content), kind.allows(value) { return value }
      } catch {}
      throw kind.refusal(place.name(key))
    }
    return nil
  }
}
