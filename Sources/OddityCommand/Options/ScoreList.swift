import Oddity

/// The scores to fit, in the order in which they were named; the first is the one that is calibrated.
struct ScoreList: CustomStringConvertible {
  let names: [String]

  /// What there is.
  static let available = ["featurenorm", "msp", "maxlogit", "energy"]

  static let standard = ScoreList(names: ["featurenorm"])

  private init(names: [String]) {
    self.names = names
  }

  /// Reads `NAME,NAME,…`.
  ///
  /// - Throws: `OddityError.usage` for a name that there is not, and for one that is named twice.
  init(parsing text: String) throws(OddityError) {
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    for name in names where !Self.available.contains(name) {
      throw OddityError(
        .usage, "there is no score \"\(name)\": there are \(Self.available.joined(separator: ", "))")
    }
    if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw OddityError(.usage, "the score \(twice) is named twice")
    }
    self.names = names
  }

  var description: String { names.joined(separator: ",") }
}
