/// A complete HTML document, which loads nothing from elsewhere.
struct Page: Sendable {
  let title: String
  /// A summary in plain words, shown first.
  let summary: [Markup]
  let sections: [Markup]
  /// Style sheet and script.
  var head = [Stylesheet.element]

  var html: String {
    let head = Markup.element(
      "head", [:],
      [
        .element("meta", ["charset": "utf-8"]),
        .element("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        .element("meta", ["name": "color-scheme", "content": "light dark"]),
        .element("title", [:], title),
      ] + head)
    let header = Markup.element("header", [:], [.element("h1", [:], [.name(title)])] + summary)
    let body = Markup.element("body", [:], [.element("main", [:], [header] + sections)])
    return "<!DOCTYPE html>\n" + Markup.element("html", ["lang": "en"], [head, body]).serialized + "\n"
  }

  static func paragraph(_ text: String) -> Markup { .element("p", [:], text) }

  /// Something that a reader must know before trusting the rest.
  static func warning(_ text: String) -> Markup {
    .element("p", ["class": "warning", "role": "note"], [.element("strong", [:], "Warning: "), .text(text)])
  }

  /// Names and their values.
  static func facts(_ facts: [(String, String)]) -> Markup {
    .element(
      "dl", ["class": "facts"],
      facts.map { name, value in
        .element("div", [:], [.element("dt", [:], name), .element("dd", [:], [.name(value)])])
      })
  }

  static func section(_ title: String, level: Int = 2, _ content: [Markup]) -> Markup {
    .element("section", [:], [.element("h\(level)", [:], [.name(title)])] + content)
  }

  /// A part of the page that is folded, because only some readers want it.
  static func folded(_ summary: String, _ content: [Markup]) -> Markup {
    .element("details", [:], [.element("summary", [:], summary)] + content)
  }
}
