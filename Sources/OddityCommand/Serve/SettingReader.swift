import Configuration
import Foundation
import Oddity
import SystemPackage
import Yams

/// Reads settings of `oddity serve`: a flag goes before the environment, the environment before the file.
struct SettingReader {
  private struct Place {
    let provider: any ConfigProvider
    /// What the user calls the setting there.
    let name: @Sendable (String) -> String
  }

  private let places: [Place]

  /// - Parameters:
  ///   - flags: what was given on the command line, by key.
  ///   - environment: variables; `ODDITY_MAX_BATCH` is the setting `max-batch`.
  ///   - file: of YAML, a mapping of settings.
  ///   - keys: the settings that there are: others in the file are errors.
  /// - Throws: ``OddityError`` `.usage` where the file cannot be read.
  init(
    flags: [AbsoluteConfigKey: ConfigValue], environment: [String: String], file: String?, keys: Set<String>
  ) async throws {
    let variables = EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: [
      "oddity"
    ])
    var places = [
      Place(provider: InMemoryProvider(values: flags)) { "--\($0)" },
      Place(provider: variables) { "ODDITY_" + $0.uppercased().replacing("-", with: "_") },
    ]
    if let file {
      let hasSettings = try Self.check(file, keys: keys)
      if hasSettings {
        let provider = try await FileProvider<YAMLSnapshot>(filePath: FilePath(file))
        places.append(Place(provider: provider) { "\($0) in \(file)" })
      }
    }
    self.places = places
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
      throw OddityError(
        .usage, "--config \(file) cannot be read as YAML: \(Self.reason(error))", underlying: error)
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

  private static func reason(_ error: any Error) -> String {
    error is YamlError ? "\(error)" : error.localizedDescription
  }

  /// The first place that has the setting, converted.
  ///
  /// - Throws: ``OddityError`` `.usage` where it does not convert there.
  func value<Value>(_ key: String, _ type: ConfigType, _ kind: String, _ convert: (ConfigContent) -> Value?)
    throws -> Value?
  {
    for place in places {
      let refusal = OddityError(.usage, "\(place.name(key)) is not \(kind)")
      let found: ConfigValue?
      do {
        found = try place.provider.value(forKey: AbsoluteConfigKey([key]), type: type).value
      } catch { throw refusal }
      guard let found else { continue }
      guard let value = convert(found.content) else { throw refusal }
      return value
    }
    return nil
  }

  func text(_ key: String) throws -> String? {
    try value(key, .string, "a text that is not empty") { content in
      if case .string(let text) = content, !text.isEmpty { text } else { nil }
    }
  }

  func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
    try value(key, .int, "a whole number between \(range.lowerBound) and \(range.upperBound)") { content in
      if case .int(let number) = content, range.contains(number) { number } else { nil }
    }
  }

  func number(_ key: String, in range: ClosedRange<Double>) throws -> Double? {
    try value(key, .double, "a number between \(range.lowerBound) and \(range.upperBound)") { content in
      if case .double(let number) = content, range.contains(number) { number } else { nil }
    }
  }

  func flag(_ key: String) throws -> Bool? {
    try value(key, .bool, "true or false") { content in
      if case .bool(let flag) = content { flag } else { nil }
    }
  }

  func choice<Choice: RawRepresentable & CaseIterable>(_ key: String) throws -> Choice?
  where Choice.RawValue == String {
    try value(key, .string, Choice.allCases.map(\.rawValue).joined(separator: " or ")) { content in
      if case .string(let text) = content { Choice(rawValue: text) } else { nil }
    }
  }
}
