/// Paths are bytes. A combining character after a slash must not change the slash.
extension String {
  private static let slash = UInt8(ascii: "/")
  private static let dot = UInt8(ascii: ".")

  /// The part after the last slash.
  var lastNameComponent: String {
    utf8.lastIndex(of: Self.slash).map { String(self[utf8.index(after: $0)...]) } ?? self
  }

  /// Whether a component of this path is hidden (".git", "._photo.jpg", macOS's "__MACOSX"). The dots of "./"
  /// and "../" do not count.
  var hasHiddenComponent: Bool {
    guard utf8.first == Self.dot || utf8.contains(Self.slash) else { return false }
    return utf8.split(separator: Self.slash).contains { component in
      component.first == Self.dot && !component.elementsEqual(".".utf8) && !component.elementsEqual("..".utf8)
        || component.elementsEqual("__MACOSX".utf8)
    }
  }

  /// The name without a leading "./", which `tar cf x.tar .` adds.
  var withoutLeadingDot: String {
    utf8.starts(with: "./".utf8) ? String(Substring(utf8.dropFirst(2))) : self
  }

  /// The names between its slashes, without ".", and with ".." resolved if a name comes before it. An
  /// absolute path begins with an empty component.
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

  /// The path of its components, so that each place has one spelling.
  var normalisedPath: String {
    let isOdd =
      utf8.first == Self.slash || utf8.first == Self.dot || utf8.last == Self.slash
      || zip(utf8, utf8.dropFirst()).contains { $0 == Self.slash && ($1 == Self.slash || $1 == Self.dot) }
    return isOdd ? nameComponents.joined(separator: "/") : self
  }
}
