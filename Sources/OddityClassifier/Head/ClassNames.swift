import Foundation
import ONNXGraph

/// The names of a classifier's classes in its file.
///
/// Exporters write them into the metadata under different keys: Ultralytics as a Python dictionary `{0:
/// 'ant', 1: 'bee'}` in `names`, PaddlePaddle's converters line by line in `character`, others as JSON, a
/// Python list, or names separated by commas or lines. If the answer is a map from names to probabilities, as
/// in Azure Custom Vision, the operator that makes the map lists them.
package struct ClassNames {
  /// The names by class; `nil` if the file has none that fit.
  package let names: [String]?
  /// A warning if the names in the file do not fit the classes; otherwise `nil`.
  package let warning: String?

  private static let keys = [
    "names", "classes", "class_names", "labels", "label_names", "id2label", "classnames", "class_labels",
    "character",
  ]

  package init(of model: Model, classes: Int) {
    var warning: String?
    for key in Self.keys {
      guard let text = model.metadata[key], !text.isEmpty else { continue }
      let found = Self.read(text)
      if let found, found.count == classes {
        (names, self.warning) = (found, nil)
        return
      }
      let count = found.map { "\($0.count) names" } ?? "no list of names"
      warning =
        warning
        ?? "the metadata '\(key)' of \(model.name) has \(count), but the model has \(classes) classes: it is ignored; pass \(.labels)"
    }
    let listed = model.graph.nodes.lazy.filter { $0.op == "ZipMap" }
      .compactMap { $0.strings("classlabels_strings") }.first
    names = listed?.count == classes ? listed : nil
    self.warning = names == nil ? warning : nil
  }

  /// The number of names in each list of them in the file.
  static func counts(in model: Model) -> Set<Int> {
    let listed = keys.compactMap { model.metadata[$0] }.compactMap { read($0)?.count }
    return Set(listed)
  }

  /// Names in the order of their classes; `nil` if the text is not a list of names.
  static func read(_ text: String) -> [String]? {
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    if let first = trimmed.first, "{[(".contains(first) {
      var literal = PythonLiteral(trimmed)
      return literal.read().flatMap(ordered)
    }
    let separator: Character = trimmed.contains("\n") ? "\n" : ","
    let names = trimmed.split(separator: separator, omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    return names.count > 1 && !names.contains("") ? names : nil
  }

  /// The entries sorted by their keys, which must be 0, 1, …. If keys are names and values are such numbers,
  /// they are swapped.
  private static func ordered(_ entries: [(key: String, value: String)]) -> [String]? {
    for pairs in [entries, entries.map { ($0.value, $0.key) }] {
      let byIndex = Dictionary(
        pairs.compactMap { pair in Int(pair.0).map { ($0, pair.1) } }, uniquingKeysWith: { first, _ in first }
      )
      let names = (0..<entries.count).compactMap { byIndex[$0] }
      if !names.isEmpty, names.count == entries.count { return names }
    }
    return nil
  }
}

/// A reader of one dictionary or list of strings and integers, as Python prints it or JSON writes it.
private struct PythonLiteral {
  private var rest: Substring

  init(_ text: String) { rest = text[...] }

  /// The entries. Those of a list have their positions as keys. `nil` if the text is anything else.
  mutating func read() -> [(key: String, value: String)]? {
    let closings: [Character: Character] = ["{": "}", "[": "]", "(": ")"]
    guard let open = rest.popFirst(), let close = closings[open] else { return nil }
    var entries: [(key: String, value: String)] = []
    while true {
      skipSpace()
      if rest.first == close { break }
      guard let first = scalar() else { return nil }
      if open == "{" {
        guard takes(":"), let value = scalar() else { return nil }
        entries.append((first, value))
      } else {
        entries.append((String(entries.count), first))
      }
      if !takes(",") { break }
    }
    guard takes(close) else { return nil }
    skipSpace()
    return rest.isEmpty && !entries.isEmpty ? entries : nil
  }

  private mutating func skipSpace() { rest = rest.drop(while: \.isWhitespace) }

  private mutating func takes(_ character: Character) -> Bool {
    skipSpace()
    guard rest.first == character else { return false }
    rest.removeFirst()
    return true
  }

  /// A string in quotes of either kind, or an integer as text.
  private mutating func scalar() -> String? {
    skipSpace()
    if let quote = rest.first, quote == "'" || quote == "\"" {
      rest.removeFirst()
      return string(endingIn: quote)
    }
    let digits = rest.prefix { $0.isNumber || $0 == "-" }
    rest = rest[digits.endIndex...]
    return Int(digits) == nil ? nil : String(digits)
  }

  private mutating func string(endingIn quote: Character) -> String? {
    var units: [UInt16] = []
    while let character = rest.popFirst() {
      if character == quote { return String(decoding: units, as: UTF16.self) }
      guard character == "\\" else {
        units += Array(String(character).utf16)
        continue
      }
      guard let escaped = escape() else { return nil }
      units += escaped
    }
    return nil
  }

  /// The UTF-16 units of the text after a backslash.
  private mutating func escape() -> [UInt16]? {
    guard let character = rest.popFirst() else { return nil }
    switch character {
    case "n": return [0x0A]
    case "t": return [0x09]
    case "r": return [0x0D]
    case "b": return [0x08]
    case "f": return [0x0C]
    case "x": return code(digits: 2)
    case "u": return code(digits: 4)
    case "U": return code(digits: 8)
    default: return Array(String(character).utf16)
    }
  }

  private mutating func code(digits: Int) -> [UInt16]? {
    let text = rest.prefix(digits)
    guard text.count == digits, let value = UInt32(text, radix: 16) else { return nil }
    rest = rest[text.endIndex...]
    // JSON writes a character beyond the first plane as two units.
    if let unit = UInt16(exactly: value) { return [unit] }
    return Unicode.Scalar(value).map { Array(String(Character($0)).utf16) }
  }
}
