import Oddity

/// The scores to fit, in the order in which they were named; the first is the one that is calibrated.
struct ScoreList: CustomStringConvertible {
  let names: [ScoreName]

  /// What there is, as help and errors list it.
  static let available = ScoreName.available

  static let standard = ScoreList(names: [.featurenorm])

  private init(names: [ScoreName]) {
    self.names = names
  }

  /// Reads `NAME,NAME,…`.
  ///
  /// - Throws: `OddityError.usage` for a name that there is not, and for one that is named twice.
  init(parsing text: String) throws(OddityError) {
    var names: [ScoreName] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let name = try ScoreName(parsing: String(part))
      if names.contains(name) { throw OddityError(.usage, "the score \(part) is named twice") }
      names.append(name)
    }
    self.names = names
  }

  var description: String { names.map(\.rawValue).joined(separator: ",") }
}
