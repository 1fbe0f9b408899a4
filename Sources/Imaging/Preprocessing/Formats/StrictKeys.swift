extension Decoder {
  /// The names of all keys of the object that is being decoded.
  func keyNames() throws -> Set<String> {
    Set(try container(keyedBy: AnyKey.self).allKeys.map(\.stringValue))
  }
}

/// A key of any name.
struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

/// A JSON object of which every key must be known; its errors name the key.
struct StrictKeys<Key: CodingKey & CaseIterable> {
  private let container: KeyedDecodingContainer<Key>

  /// - Parameter isOfOthers: whether another program writes such objects. A key of which Oddity knows nothing then has no
  ///   effect, as there, unless its name looks like a known one misspelt or like a step to be done.
  init(_ decoder: any Decoder, known: Key.Type, isOfOthers: Bool = false) throws {
    container = try decoder.container(keyedBy: known)
    let names = Key.allCases.map(\.stringValue)
    var unknown = try decoder.keyNames().subtracting(names).sorted()
    if isOfOthers {
      let values = try decoder.container(keyedBy: AnyKey.self)
      unknown.removeAll { name in
        let isStep =
          name.hasPrefix("do_") && (try? values.decode(Bool.self, forKey: AnyKey(stringValue: name))) == true
        return !isStep && NearestNames.of(name, among: names).isEmpty
      }
    }
    guard unknown.isEmpty else {
      throw ImagingError(.badPreprocessing, Self.message(unknown, among: names.sorted()))
    }
  }

  private static func message(_ unknown: [String], among names: [String]) -> String {
    let guesses = unknown.map { name in
      let near = NearestNames.of(name, among: names).map { "'\($0)'" }
      return "'\(name)'" + (near.isEmpty ? "" : " (did you mean \(near.joined(separator: " or "))?)")
    }
    return "unknown key\(unknown.count == 1 ? "" : "s") \(guesses.joined(separator: ", ")); the keys are "
      + names.joined(separator: ", ")
  }

  /// The value of a key, nil where it is absent or null.
  func value<Value: Decodable>(_ key: Key, _ expectation: String) throws(ImagingError) -> Value? {
    do {
      return try container.decodeIfPresent(Value.self, forKey: key)
    } catch let error as ImagingError {
      throw error
    } catch {
      throw ImagingError(.badPreprocessing, "'\(key.stringValue)' must be \(expectation)")
    }
  }

  /// Whether a key is there without a value.
  func isNull(_ key: Key) -> Bool {
    (try? container.decodeNil(forKey: key)) ?? false
  }

  /// A list of numbers; a single number is a list of one.
  func numbers(_ key: Key) throws(ImagingError) -> [Double]? {
    if let number = try? container.decodeIfPresent(Double.self, forKey: key) { return [number] }
    return try value(key, "a number or a list of numbers")
  }
}
