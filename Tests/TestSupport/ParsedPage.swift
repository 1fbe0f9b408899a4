import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// A page that is read by a strict XML parser.
public final class ParsedPage: NSObject, XMLParserDelegate {
  /// An element with its content.
  public final class Element {
    public let name: String
    public let attributes: [String: String]
    public fileprivate(set) var children: [Element] = []
    /// All text within, in order.
    public fileprivate(set) var text = ""

    fileprivate init(_ name: String, _ attributes: [String: String]) {
      (self.name, self.attributes) = (name, attributes)
    }

    /// The element and everything in it.
    public var all: [Element] { [self] + children.flatMap(\.all) }

    public func all(_ name: String) -> [Element] { all.filter { $0.name == name } }
  }

  /// The parser's error.
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  public let root: Element
  private var open: [Element]

  /// - Parameter text: a whole document, or one element.
  public init(_ text: String) throws {
    root = Element("", [:])
    open = [root]
    super.init()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    guard parser.parse() else {
      let line = parser.lineNumber
      throw Failure(description: "line \(line): \(parser.parserError.map { "\($0)" } ?? "not well-formed")")
    }
  }

  public func all(_ name: String) -> [Element] { root.all(name) }

  /// The rows of the table with this caption, cells as text.
  public func rows(ofTable caption: String) -> [[String]] {
    let table = all("table").first { $0.all("caption").first?.text.hasPrefix(caption) == true }
    return (table?.all("tr") ?? []).map { $0.children.map(\.text) }
  }

  public func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    let element = Element(name, attributes)
    open[open.count - 1].children.append(element)
    open.append(element)
  }

  public func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    open.removeLast()
  }

  public func parser(_ parser: XMLParser, foundCharacters text: String) {
    for element in open { element.text += text }
  }
}
