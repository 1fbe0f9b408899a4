/// Paths are bytes: a combining character after a slash does not make another character of it.
extension String {
  /// What follows the last slash.
  var lastPathComponent: String {
    utf8.lastIndex(of: UInt8(ascii: "/")).map { String(self[utf8.index(after: $0)...]) } ?? self
  }

  /// Whether a component of this path is hidden (".git", "._photo.jpg").
  var hasHiddenComponent: Bool {
    utf8.first == UInt8(ascii: ".") || zip(utf8, utf8.dropFirst()).contains { $0 == 0x2f && $1 == 0x2e }
  }
}
