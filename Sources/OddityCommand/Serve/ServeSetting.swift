import ArgumentParser
import Oddity

/// One declaration of a setting of `oddity serve` gives the flag `--KEY`, the variable `ODDITY_KEY`, and the
/// line `KEY: value` of the file.
struct ServeSetting {
  typealias Effect<Value> = (inout ServeSettings, Value) throws -> Void

  let key: String
  /// The declaration of the flag for ArgumentParser.
  fileprivate let declaration: Any
  /// Reads the value of the flag.
  fileprivate let given: (KeyedDecodingContainer<ServeFlags.Key>, ServeFlags.Key) throws -> Any?
  /// Stores the first value that is given into the settings.
  let take: (ServeFlags, SettingPlaces, inout ServeSettings) throws -> Void

  private init<Value>(
    _ key: String, _ kind: SettingKind<Value>, declaration: Any,
    given: @escaping (KeyedDecodingContainer<ServeFlags.Key>, ServeFlags.Key) throws -> Value?,
    _ effect: @escaping Effect<Value>
  ) {
    (self.key, self.declaration, self.given) = (key, declaration, given)
    take = { flags, places, settings in
      let flag = flags.given[key] as? Value
      if let flag, !kind.allows(flag) { throw kind.refusal("--\(key)") }
      if let value = try flag ?? places.value(key, kind) { try effect(&settings, value) }
    }
  }

  /// A setting whose flag takes a value.
  ///
  /// - Parameter standard: the default as the help shows it.
  private static func option<Value: ExpressibleByArgument>(
    _ key: String, _ kind: SettingKind<Value>, _ help: String, default standard: String?, _ valueName: String,
    _ effect: @escaping Effect<Value>
  ) -> ServeSetting {
    let help = ArgumentHelp(
      help + (standard.map { " (default: \($0))" } ?? "") + ".", valueName: valueName)
    return ServeSetting(
      key, kind, declaration: Option<Value?>(name: .customLong(key), parsing: kind.parsing, help: help),
      given: { try $0.decode(Option<Value?>.self, forKey: $1).wrappedValue }, effect)
  }

  /// A setting whose value is stored unchanged.
  private static func option<Value: ExpressibleByArgument>(
    _ key: String, _ kind: SettingKind<Value>, _ help: String, _ path: WritableKeyPath<ServeSettings, Value>,
    _ valueName: String, text: (Value) -> String
  ) -> ServeSetting {
    option(key, kind, help, default: text(ServeSettings()[keyPath: path]), valueName) {
      $0[keyPath: path] = $1
    }
  }

  static func text(
    _ key: String, _ path: WritableKeyPath<ServeSettings, String>, _ help: String, _ valueName: String
  ) -> ServeSetting {
    option(key, .text(), help, path, valueName) { $0 }
  }

  /// A file that is opened as soon as its path is known, so that errors are reported early.
  static func file(_ key: String, _ help: String, _ open: @escaping Effect<String>) -> ServeSetting {
    option(key, .text(), help, default: nil, "file", open)
  }

  /// An address that is checked as soon as it is known.
  static func url(_ key: String, _ help: String, _ check: @escaping Effect<String>) -> ServeSetting {
    option(key, .text(), help, default: nil, "url", check)
  }

  static func integer(
    _ key: String, _ path: WritableKeyPath<ServeSettings, Int>,
    in range: ClosedRange<Int> = 1...Int(Int32.max), _ help: String
  ) -> ServeSetting {
    option(key, .integer(range), help, path, "n") { "\($0)" }
  }

  static func number(
    _ key: String, _ path: WritableKeyPath<ServeSettings, Double>, in range: ClosedRange<Double>,
    _ help: String, _ valueName: String
  ) -> ServeSetting {
    option(key, .number(range), help, path, valueName, text: Numbers.shortest)
  }

  /// - Parameter unit: the unit in which the user gives the value.
  static func duration(
    _ key: String, _ path: WritableKeyPath<ServeSettings, Duration>, in range: ClosedRange<Double>,
    of unit: Duration = .seconds(1), _ help: String, _ valueName: String = "s"
  ) -> ServeSetting {
    let standard = Numbers.shortest(ServeSettings()[keyPath: path] / unit)
    return option(key, .number(range), help, default: standard, valueName) { $0[keyPath: path] = unit * $1 }
  }

  static func choice<Choice: RawRepresentable & CaseIterable & ExpressibleByArgument>(
    _ key: String, _ path: WritableKeyPath<ServeSettings, Choice>, _ help: String, _ valueName: String
  ) -> ServeSetting where Choice.RawValue == String {
    option(key, .choice(), help, path, valueName, text: \.rawValue)
  }

  /// A flag that is on by default.
  static func flag(
    _ key: String, _ path: WritableKeyPath<ServeSettings, Bool>, _ help: String
  ) -> ServeSetting {
    ServeSetting(
      key, .flag(),
      declaration: Flag<Bool?>(
        name: .customLong(key), inversion: .prefixedNo, help: ArgumentHelp(help + " (default).")),
      given: { try $0.decode(Flag<Bool?>.self, forKey: $1).wrappedValue }
    ) { $0[keyPath: path] = $1 }
  }
}

/// The flags of `oddity serve`, one for each setting: how the server listens, what it accepts, and what it
/// stores.
///
/// ArgumentParser finds the flags of a type in its mirror, and decodes them by their names.
struct ServeFlags: ParsableArguments, CustomReflectable {
  struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// The given values, by the key of the setting.
  fileprivate var given: [String: Any] = [:]

  init() {}

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    for setting in ServeSettings.all {
      given[setting.key] = try setting.given(container, Key(stringValue: setting.key))
    }
  }

  var customMirror: Mirror {
    Mirror(self, children: ServeSettings.all.map { (label: $0.key, value: $0.declaration) })
  }
}
