import Foundation

/// The parameters in the value of a header, such as `form-data; name="image"; filename=photo.jpg` (RFC 9110,
/// 5.6.6).
struct HeaderParameters {
  /// The values by lower-case name. If a name occurs twice, the first value counts.
  private let values: [String: String]

  init(_ text: String) {
    var values: [String: String] = [:]
    var rest = Substring(text).drop { $0 != ";" }
    while rest.popFirst() != nil {
      let name = rest.prefix { $0 != "=" && $0 != ";" }
      rest = rest.dropFirst(name.count)
      guard rest.first == "=" else { continue }
      rest = rest.dropFirst()
      let value = Self.value(&rest)
      let key = name.trimmingCharacters(in: .whitespaces).lowercased()
      if values[key] == nil { values[key] = value }
      rest = rest.drop { $0 != ";" }
    }
    self.values = values
  }

  /// A quoted string without quotes and escapes, or everything up to the next semicolon.
  private static func value(_ rest: inout Substring) -> String {
    rest = rest.drop(while: \.isWhitespace)
    guard rest.first == "\"" else {
      let token = rest.prefix { $0 != ";" }
      rest = rest.dropFirst(token.count)
      return token.trimmingCharacters(in: .whitespaces)
    }
    rest = rest.dropFirst()
    var value = ""
    while let character = rest.popFirst(), character != "\"" {
      // Browsers do not escape the backslashes of a file name. They escape only what a quoted string cannot
      // hold.
      if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
        value.append(next)
        rest = rest.dropFirst()
      } else {
        value.append(character)
      }
    }
    return value
  }

  subscript(name: String) -> String? { values[name] }

  /// A parameter that may be encoded, such as `filename*=UTF-8''na%C3%AFve.jpg` (RFC 8187).
  func text(of name: String) -> String? {
    guard let encoded = values["\(name)*"] else { return values[name] }
    let parts = encoded.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
    return parts.count == 3 ? String(parts[2]).removingPercentEncoding ?? values[name] : values[name]
  }
}
