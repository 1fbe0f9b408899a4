/// Paths are bytes: a combining character after a slash does not make another character of it.
extension String {
  private static let slash = UInt8(ascii: "/")
  private static let dot = UInt8(ascii: ".")

  /// What follows the last slash.
  var lastNameComponent: String {
    utf8.lastIndex(of: Self.slash).map { String(self[utf8.index(after: $0)...]) } ?? self
  }

  /// Whether a component of this path is hidden (".git", "._photo.jpg", macOS's "__MACOSX"). The dots of "./" and "../"
  /// hide nothing.
  var hasHiddenComponent: Bool {
    guard utf8.first == Self.dot || utf8.contains(Self.slash) else { return false }
    return utf8.split(separator: Self.slash).contains { component in
      component.first == Self.dot && !component.elementsEqual(".".utf8) && !component.elementsEqual("..".utf8)
        || component.elementsEqual("__MACOSX".utf8)
    }
  }

  /// Without "./" before it, which `tar cf x.tar .` puts there.
  var withoutLeadingDot: String {
    utf8.starts(with: "./".utf8) ? String(Substring(utf8.dropFirst(2))) : self
  }

  /// The names between its slashes, "." left out and ".." resolved where something precedes it. An absolute path begins
  /// with an empty component.
  var nameComponents: [Substring] {
    var components: [Substring] = utf8.first == Self.slash ? [""] : []
    for component in utf8.split(separator: Self.slash).map(Substring.init) where component != "." {
      if component == "..", let last = components.last, last != "..", last != "" {
        components.removeLast()
      } else {
        components.append(component)
      }
    }
    return components
  }

  /// The path of its components: one spelling for each place.
  var normalisedPath: String {
    let isOdd =
      utf8.first == Self.slash || utf8.first == Self.dot || utf8.last == Self.slash
      || zip(utf8, utf8.dropFirst()).contains { $0 == Self.slash && ($1 == Self.slash || $1 == Self.dot) }
    return isOdd ? nameComponents.joined(separator: "/") : self
  }
}
