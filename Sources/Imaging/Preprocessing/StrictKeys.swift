extension Decoder {
  /// The names of all keys of the object that is being decoded.
  func keyNames() throws -> Set<String> {
    Set(try container(keyedBy: AnyKey.self).allKeys.map(\.stringValue))
  }
}

/// A key of any name.
private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

/// A JSON object of which every key must be known; its errors name the key.
struct StrictKeys<Key: CodingKey & CaseIterable> {
  private let container: KeyedDecodingContainer<Key>

  init(_ decoder: any Decoder, known: Key.Type) throws {
    container = try decoder.container(keyedBy: known)
    let names = Set(Key.allCases.map(\.stringValue))
    if let unknown = try decoder.keyNames().subtracting(names).min() {
      throw ImagingError(
        .badPreprocessing,
        "unknown key '\(unknown)'; the keys are \(names.sorted().joined(separator: ", "))")
    }
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

  /// A list of numbers; a single number is a list of one.
  func numbers(_ key: Key) throws(ImagingError) -> [Double]? {
    if let number = try? container.decodeIfPresent(Double.self, forKey: key) { return [number] }
    return try value(key, "a number or a list of numbers")
  }
}
