import Imaging
import OddityClassifier

extension ScoreName {
  /// Reads a name.
  ///
  /// - Throws: ``OddityError`` `.usage` for a score that there is not, for a composition that there is not, and for an
  ///   ensemble of fewer than two scores, of one twice, of an ensemble or of `auto`.
  public init(parsing text: String) throws(OddityError) {
    if text.isEmpty {
      throw OddityError(
        .usage,
        "there is no score \"\": a name is missing, so write names between commas, as in featurenorm,energy")
    }
    if text.contains(where: \.isWhitespace) {
      throw OddityError(
        .usage, "\"\(text)\" has spaces: write names without them, as in 'ensemble(energy/msp)'")
    }
    if text == "auto" {
      self.init(.auto)
    } else if text.hasPrefix("ensemble") {
      self.init(.ensemble(try Self.components(of: text)))
    } else {
      self.init(try Self.single(text))
    }
  }

  private static func single(_ text: String) throws(OddityError) -> Form {
    if let method = ScoreCatalogue.method(text) { return .plain(method.description.name) }
    if text.hasSuffix(normSuffix),
      let method = ScoreCatalogue.method(String(text.dropLast(normSuffix.count)))
    {
      guard method.description.composition != .none else {
        throw OddityError(
          .usage,
          "\"\(text)\": \(method.description.name) has no composition with the selected norm; \(.catalogue) tells which have"
        )
      }
      return .withSelectedNorm(method.description.name)
    }
    if let star = text.firstIndex(of: "*") { return try multiplied(text, star: star) }
    throw unknown(text)
  }

  /// A score with what multiplies it: `energy*std`, or `energy*std@2` at block 2.
  private static func multiplied(_ text: String, star: String.Index) throws(OddityError) -> Form {
    func refusal(_ reason: String) -> OddityError { OddityError(.usage, "\"\(text)\" \(reason)") }
    let (name, suffix) = (String(text[..<star]), text[text.index(after: star)...])
    let parts = suffix.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let statistic = ChannelMultiplier.statistics.first(where: { $0.rawValue == parts[0] }) else {
      throw refusal("has no such multiplier: there are NAME*avg, NAME*std and NAME*max")
    }
    if name.hasSuffix(normSuffix) {
      throw refusal(
        "multiplies a composed score: multiply the plain one, as in \(name.dropLast(normSuffix.count))*\(suffix)"
      )
    }
    guard let method = ScoreCatalogue.method(name) else { throw unknown(name) }
    guard method.description.sign != nil else {
      throw refusal("multiplies \(name), which takes no multiplier; \(.catalogue) tells which do")
    }
    guard parts.count > 1 else {
      return .multiplied(name, ChannelMultiplier(statistic: statistic, block: nil))
    }
    guard let block = Int(parts[1]), block >= 0, parts[1] == "\(block)" else {
      throw refusal(
        "names a block behind @ by something else than its index: write \(name)*\(parts[0])@2 for block 2")
    }
    return .multiplied(name, ChannelMultiplier(statistic: statistic, block: block))
  }

  private static func components(of text: String) throws(OddityError) -> [ScoreName] {
    var components: [ScoreName] = []
    for part in try list(of: text).split(separator: "/", omittingEmptySubsequences: false) {
      if part == "auto" {
        throw OddityError(
          .usage, "\"\(text)\": auto chooses a score and is not part of an ensemble: name scores")
      }
      let component = ScoreName(try single(String(part)))
      if components.contains(component) {
        throw OddityError(.usage, "\"\(text)\" names \(component) twice")
      }
      components.append(component)
    }
    guard components.count > 1 else {
      throw OddityError(.usage, "\"\(text)\" needs two scores or more, such as ensemble(energy/msp)")
    }
    return components
  }

  /// What stands between an ensemble's brackets.
  private static func list(of text: String) throws(OddityError) -> Substring {
    func refusal(_ reason: String) -> OddityError { OddityError(.usage, "\"\(text)\" \(reason)") }
    guard text.hasPrefix("ensemble(") else {
      throw refusal("does not name its scores in brackets: write 'ensemble(energy/msp)'")
    }
    if text.hasSuffix(")" + normSuffix) {
      throw refusal("composes an ensemble: compose its scores, as in 'ensemble(knn+norm/vim)'")
    }
    if text.contains(")*") {
      throw refusal("multiplies an ensemble: multiply its scores, as in 'ensemble(energy*std/vim)'")
    }
    guard text.hasSuffix(")") else {
      throw refusal("lacks its closing bracket: part its scores by a slash, as in 'ensemble(energy/msp)'")
    }
    let list = text.dropFirst("ensemble(".count).dropLast()
    guard !list.contains(where: { "()".contains($0) }) else {
      throw refusal(
        "has brackets within brackets: an ensemble takes no ensembles, so name their scores in one")
    }
    return list
  }

  /// The error for a score that there is not: with what may be meant, or with all names.
  static func unknown(_ text: String) -> OddityError {
    let plain = Scores.all.map(\.name)
    let composed = plain.compactMap { ScoreName(.plain($0)).composed?.description }
    let near = NearestNames.of(text, among: plain + composed + ["auto"])
    guard near.isEmpty else {
      return OddityError(
        .usage,
        "there is no score \"\(text)\": did you mean \(near.joined(separator: " or "))? \(.catalogue) lists them all"
      )
    }
    return OddityError(
      .usage,
      "there is no score \"\(text)\": there are \(available), most of them also with \(normSuffix) or 'NAME*std', "
        + "'ensemble(A/B)' and auto; \(.catalogue) explains them")
  }
}
