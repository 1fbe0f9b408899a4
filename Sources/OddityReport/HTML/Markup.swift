/// A piece of HTML or SVG: an element, a text, or several pieces.
///
/// Everything is escaped where it is written out, so no text can become markup. The result is well-formed XML as well
/// as HTML: elements are closed, attributes are quoted.
struct Markup: Sendable {
  private enum Content {
    case element(name: String, attributes: [Attribute], children: [Markup])
    case text(String)
    /// Written as it is: the style sheet.
    case raw(String)
    case group([Markup])
  }

  /// A name with its value.
  struct Attribute: Sendable {
    let name: String
    let value: String
  }

  private let content: Content

  private init(_ content: Content) {
    self.content = content
  }

  static func text(_ text: String) -> Markup { Markup(.text(text)) }

  static func group(_ pieces: [Markup]) -> Markup { Markup(.group(pieces)) }

  /// CSS of our own: user data has no place in it.
  static func style(_ css: StaticString) -> Markup {
    Markup(.element(name: "style", attributes: [], children: [Markup(.raw("\(css)"))]))
  }

  /// - Parameter attributes: in the order in which they are written; a nil value leaves its attribute out.
  static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String?> = [:], _ children: [Markup] = []
  ) -> Markup {
    let given = attributes.compactMap { name, value in value.map { Attribute(name: name, value: $0) } }
    return Markup(.element(name: name, attributes: given, children: children))
  }

  /// An element with one text in it.
  static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String?> = [:], _ text: String
  ) -> Markup {
    element(name, attributes, [.text(text)])
  }

  /// A name that a user or a file gave: its direction of writing does not reach beyond it.
  static func name(_ text: String) -> Markup { element("bdi", [:], text) }

  /// The piece written out.
  var serialized: String {
    var output = ""
    write(to: &output)
    return output
  }

  /// Elements that have no content in HTML.
  private static let void: Set<String> = ["meta", "img", "br", "col", "link", "input"]
  /// Each begins a line of its own, so that the file can be read.
  private static let block: Set<String> = [
    "body", "caption", "dd", "details", "dl", "dt", "figcaption", "figure", "footer", "g", "h1", "h2", "h3",
    "head", "header", "li", "main", "meta", "nav", "p", "section", "style", "svg", "table", "tbody", "thead",
    "title", "tr", "ul",
  ]

  private func write(to output: inout String) {
    switch content {
    case .text(let text): output += Escaping.text(text)
    case .raw(let text): output += text
    case .group(let pieces): for piece in pieces { piece.write(to: &output) }
    case .element(let name, let attributes, let children):
      if Self.block.contains(name) { output += "\n" }
      output += "<" + name
      for attribute in attributes {
        output += " \(attribute.name)=\"\(Escaping.attribute(attribute.value))\""
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
}
