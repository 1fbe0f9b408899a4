/// Keys of JSON objects whose names are the properties in snake case: `crop_size` for `cropSize`.
protocol SnakeCaseKey: CodingKey, CaseIterable, RawRepresentable where RawValue == String {}

extension SnakeCaseKey {
  var stringValue: String { rawValue.replacing(/[A-Z]+/) { "_" + $0.output.lowercased() } }

  init?(stringValue: String) {
    guard let key = Self.allCases.first(where: { $0.stringValue == stringValue }) else { return nil }
    self = key
  }
}

extension Decoder {
  /// The names of all keys of the object that is being decoded, and whether the value is `true`.
  func keys() throws -> [String: Bool] {
    try [String: TruthOrElse](from: self).mapValues(\.isTrue)
  }
}

/// A value of any type.
private struct TruthOrElse: Decodable {
  let isTrue: Bool

  init(from decoder: any Decoder) { isTrue = (try? Bool(from: decoder)) == true }
}

/// A JSON object of which every key must be known. Its errors name the key.
struct StrictKeys<Key: CodingKey & CaseIterable> {
  private let container: KeyedDecodingContainer<Key>

  /// - Parameter isOfOthers: whether another program writes such objects. Unknown keys are then ignored, as
  ///   that program ignores them, unless a key looks like a misspelt known one, or like a step to be done.
  init(_ decoder: any Decoder, known: Key.Type, isOfOthers: Bool = false) throws {
    container = try decoder.container(keyedBy: known)
    let names = Key.allCases.map(\.stringValue)
    let unknown = try decoder.keys().filter { name, isTrue in
      let isStep = isTrue && name.hasPrefix("do_")
      return !names.contains(name) && (!isOfOthers || isStep || !NearestNames.of(name, among: names).isEmpty)
    }.keys.sorted()
    guard unknown.isEmpty else {
      throw ImagingError.preprocessing(Self.message(unknown, among: names.sorted()))
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

  /// The value of a key, or nil if it is absent or null.
  func value<Value: Decodable>(_ key: Key, _ expectation: String) throws(ImagingError) -> Value? {
    do {
      return try container.decodeIfPresent(Value.self, forKey: key)
    } catch let error as ImagingError {
      throw error
    } catch {
      throw .preprocessing("'\(key.stringValue)' must be \(expectation)")
    }
  }

  /// Whether a key is present with the value null.
  func isNull(_ key: Key) -> Bool {
    (try? container.decodeNil(forKey: key)) ?? false
  }

  /// A list of numbers. A single number is a list of one.
  func numbers(_ key: Key) throws(ImagingError) -> [Double]? {
    if let number = try? container.decodeIfPresent(Double.self, forKey: key) { return [number] }
    return try value(key, "a number or a list of numbers")
  }
}

/// Finds which of the existing names someone may have meant.
package enum NearestNames {
  /// The names that differ by the fewest changes of single characters: at most one for each three characters,
  /// and at most two.
  package static func of(_ text: String, among names: [String]) -> [String] {
    let limit = min(2, max(1, text.count / 3))
    let distances = names.map { (name: $0, distance: distance(text.lowercased(), $0.lowercased())) }
    guard let least = distances.map(\.distance).min(), least <= limit else { return [] }
    return distances.filter { $0.distance == least }.map(\.name)
  }

  /// The number of insertions, deletions, replacements and swaps of neighbours that turn one text into
  /// another, where no part is changed twice (Damerau, 1964).
  package static func distance(_ first: String, _ second: String) -> Int {
    let (a, b) = (Array(first), Array(second))
    var before: [Int] = []
    var row = Array(0...b.count)
    for i in a.indices {
      var next = [i + 1]
      for j in b.indices {
        var least = min(row[j] + (a[i] == b[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, before[j - 1] + 1) }
        next.append(least)
      }
      (before, row) = (row, next)
    }
    return row[b.count]
  }
}
