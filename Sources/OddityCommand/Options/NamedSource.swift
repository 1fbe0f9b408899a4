import Oddity

/// A source of images with the name that it has in results: `NAME=SOURCE`.
struct NamedSource: Sendable, Equatable {
  let name: String
  let source: String

  /// - Throws: `OddityError.usage` where the name, the equals sign, or the source is missing.
  init(parsing text: String) throws(OddityError) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      throw OddityError(
        .usage, "\"\(text)\" is no NAME=SOURCE: give the set a name, as in digits=path/to/digits")
    }
    (name, source) = (parts[0], parts[1])
  }
}
