/// A JSON document whose objects keep the order of their keys, and whose numbers keep every digit.
package enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  /// The number as it is printed.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([Member])

  /// A key with its value.
  package struct Member: Equatable, Sendable {
    package let key: String
    package let value: JSONValue

    package init(key: String, value: JSONValue) { (self.key, self.value) = (key, value) }
  }

  // Separate initialisers for each kind of number, because other modules would call a generic one
  // unspecialised.
  package init(_ value: Int) { self = .number(value.description) }

  package init(_ value: some BinaryInteger) {
    self = .number(String(value))
  }

  /// The shortest decimal that reads back as the same number, or null if it is not finite, which JSON cannot
  /// express.
  package init(_ value: Double) { self = value.isFinite ? .number(value.description) : .null }
  package init(_ value: Float) { self = value.isFinite ? .number(value.description) : .null }

  /// The members of an object; empty for another value.
  package var members: [Member] { if case .object(let members) = self { members } else { [] } }

  /// An object with further members after its own.
  package func with(_ further: JSONValue) -> JSONValue { .object(members + further.members) }

  /// The document on one line.
  package var line: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .number(let text): text
    case .string(let text): Self.quoted(text)
    case .array(let values): "[" + values.map(\.line).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { Self.quoted($0.key) + ":" + $0.value.line }.joined(separator: ",") + "}"
    }
  }

  /// The document indented by two spaces a level, arrays of plain values on one line.
  package func indented(by level: Int = 0) -> String {
    let (inner, outer) = (String(repeating: "  ", count: level + 1), String(repeating: "  ", count: level))
    switch self {
    case .array(let values) where values.contains(where: \.isContainer):
      let items = values.map { inner + $0.indented(by: level + 1) }
      return "[\n" + items.joined(separator: ",\n") + "\n\(outer)]"
    case .array(let values):
      return "[" + values.map(\.line).joined(separator: ", ") + "]"
    case .object(let members) where !members.isEmpty:
      let items = members.map { inner + Self.quoted($0.key) + ": " + $0.value.indented(by: level + 1) }
      return "{\n" + items.joined(separator: ",\n") + "\n\(outer)}"
    default:
      return line
    }
  }

  private var isContainer: Bool {
    switch self {
    case .array, .object: true
    default: false
    }
  }

  /// A JSON string literal: quotes, backslashes and control characters escaped, everything else as it is.
  private static func quoted(_ text: String) -> String {
    var literal = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": literal += "\\\""
      case "\\": literal += "\\\\"
      case "\n": literal += "\\n"
      case "\r": literal += "\\r"
      case "\t": literal += "\\t"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "\""
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(integerLiteral value: Int) { self.init(value) }
  package init(arrayLiteral values: JSONValue...) { self = .array(values) }
  package init(dictionaryLiteral members: (String, JSONValue)...) {
    self = .object(members.map { Member(key: $0, value: $1) })
  }
}
