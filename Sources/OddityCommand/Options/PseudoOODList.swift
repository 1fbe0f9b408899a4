import Oddity

/// The kinds of pseudo-OOD images to make, in the order in which they were named; the first selects the block.
struct PseudoOODList: CustomStringConvertible {
  let kinds: [PseudoOOD]

  static let standard = PseudoOODList(kinds: [.jigsaw])

  private init(kinds: [PseudoOOD]) {
    self.kinds = kinds
  }

  /// Reads `KIND[:STRENGTH],KIND[:STRENGTH],…`.
  ///
  /// - Throws: `OddityError.usage` for a kind or strength that there is not, and for one that is named twice.
  init(parsing text: String) throws(OddityError) {
    var kinds: [PseudoOOD] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let kind = try PseudoOOD(parsing: String(part))
      if kinds.contains(kind) {
        throw OddityError(.usage, "pseudo-OOD images of the kind \(kind) are named twice")
      }
      kinds.append(kind)
    }
    self.kinds = kinds
  }

  var description: String { kinds.map(\.name).joined(separator: ",") }
}
