/// A piece of HTML or SVG: an element, a text, or several pieces.
///
/// Text is always escaped when it is serialised, so it cannot become markup. The result is valid HTML and
/// well-formed XML: elements are closed, and attributes are quoted.
indirect enum Markup: Sendable {
  case tag(name: String, attributes: [(name: String, value: String)], children: [Markup])
  case text(String)
  /// Written without escaping. Only for Oddity's own CSS, never for data of users.
  case raw(StaticString)
  case group([Markup])

  /// - Parameter attributes: in the order in which they are written. An attribute with a nil value is left
  ///   out.
  static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String?> = [:], _ children: [Markup] = []
  ) -> Markup {
    let given = attributes.compactMap { name, value in value.map { (name: name, value: $0) } }
    return .tag(name: name, attributes: given, children: children)
  }

  /// An element that contains one text.
  static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String?> = [:], _ text: String
  ) -> Markup {
    element(name, attributes, [.text(text)])
  }

  /// A name from a user or a file, isolated so that its direction of writing does not affect other text.
  static func name(_ text: String) -> Markup { element("bdi", [:], text) }

  /// The markup as text.
  var serialized: String {
    var output = ""
    write(to: &output)
    return output
  }

  /// Elements that have no content in HTML.
  private static let void: Set<String> = ["meta", "img", "br", "col", "link", "input"]
  /// Elements that start on a new line, so that the file is readable.
  private static let block: Set<String> = [
    "body", "caption", "dd", "details", "dl", "dt", "figcaption", "figure", "footer", "g", "h1", "h2", "h3",
    "head", "header", "li", "main", "meta", "nav", "p", "section", "style", "svg", "table", "tbody", "thead",
    "title", "tr", "ul",
  ]

  private func write(to output: inout String) {
    switch self {
    case .text(let text): output += Self.escaped(text)
    case .raw(let text): output += "\(text)"
    case .group(let pieces): for piece in pieces { piece.write(to: &output) }
    case .tag(let name, let attributes, let children):
      if Self.block.contains(name) { output += "\n" }
      output += "<" + name
      for attribute in attributes {
        output += " \(attribute.name)=\"\(Self.escaped(attribute.value, inQuotes: true))\""
      }
      if Self.void.contains(name) {
        output += "/>"
        return
      }
      output += ">"
      for child in children { child.write(to: &output) }
      output += "</\(name)>"
    }
  }

  /// The text without characters that HTML and XML cannot hold, and with others escaped.
  ///
  /// - Parameter inQuotes: whether it is the value of an attribute. Line breaks and tabs are then escaped by
  ///   number, because a parser would turn them into spaces.
  private static func escaped(_ text: String, inQuotes: Bool = false) -> String {
    var output = ""
    output.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\r": output += "&#13;"
      case "\"" where inQuotes: output += "&quot;"
      case "\n" where inQuotes: output += "&#10;"
      case "\t" where inQuotes: output += "&#9;"
      default: output.unicodeScalars.append(isAllowed(scalar) ? scalar : "\u{FFFD}")
      }
    }
    return output
  }

  /// Whether XML 1.0 allows the character, and HTML too.
  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x9, 0xA: true
    case 0x20...0x7E, 0xA0...0xFDCF, 0xFDF0...0xFFFD: true
    case 0x1_0000...: scalar.value & 0xFFFE != 0xFFFE
    default: false
    }
  }
}
