import Oddity

/// What a flag names between commas, each once, in the order in which it was named; the first one decides.
struct FlagList<Element: ListElement>: CustomStringConvertible {
  let elements: [Element]

  init(_ elements: [Element]) { self.elements = elements }

  /// - Throws: `OddityError.usage` for what there is not, and for what is named twice.
  init(parsing text: String) throws(OddityError) {
    var elements: [Element] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let element = try Element(parsing: String(part))
      if elements.contains(element) {
        throw OddityError(.usage, "\(element.titleInList(part)) named twice")
      }
      elements.append(element)
    }
    self.elements = elements
  }

  var description: String { elements.map(\.description).joined(separator: ",") }
}

protocol ListElement: Equatable, CustomStringConvertible, Sendable {
  init(parsing text: String) throws(OddityError)
  /// What errors call it, with their verb.
  func titleInList(_ text: Substring) -> String
}

/// The first score is the one that is calibrated.
typealias ScoreList = FlagList<ScoreName>

extension ScoreName: ListElement {
  func titleInList(_ text: Substring) -> String { "the score \(text) is" }
}

extension FlagList<ScoreName> {
  static var standard: Self { FlagList([.featurenorm]) }
}

/// The first kind selects the block.
typealias PseudoOODList = FlagList<PseudoOOD>

extension PseudoOOD: ListElement {
  func titleInList(_ text: Substring) -> String { "pseudo-OOD images of the kind \(self) are" }
}

extension FlagList<PseudoOOD> {
  static var standard: Self { FlagList([.jigsaw]) }
}
