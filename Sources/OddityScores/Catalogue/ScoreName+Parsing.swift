import Imaging
import OddityClassifier

extension ScoreName {
  /// Parses a name.
  ///
  /// - Throws: ``OddityError`` `.usage` for an unknown score, for a composition that does not exist, and for
  ///   an ensemble or a fusion that has fewer than two scores, a score twice, or an ensemble, a fusion or
  ///   `auto` inside; for a fusion also if a score learns from the same images as the fusion.
  public init(parsing text: String) throws(OddityError) {
    if text.isEmpty {
      throw OddityError(
        .usage,
        "a score has an empty name: separate names by commas, as in featurenorm,energy")
    }
    if text.contains(where: \.isWhitespace) {
      throw OddityError(
        .usage, "\"\(text)\" contains spaces: write names without spaces, as in 'ensemble(energy/msp)'")
    }
    if text == "auto" {
      self.init(.auto)
    } else if text == "fusion" {
      self = .fusion
    } else if text.hasPrefix("ensemble") {
      self.init(.ensemble(try Self.components(of: text, in: "ensemble")))
    } else if text.hasPrefix("fusion") {
      self.init(.fusion(try Self.fusedComponents(of: text)))
    } else {
      self.init(try Self.single(text))
    }
  }

  private static func single(_ text: String) throws(OddityError) -> Form {
    if let method = ScoreCatalogue.method(text) { return .plain(method.description.name) }
    let parts = text.split(separator: blockSign, maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2, parts[0] == FeatureNormScore.description.name {
      guard let index = Int(parts[1]), index >= 0, parts[1] == "\(index)" else {
        throw OddityError(
          .usage, "\"\(text)\": what follows \(blockSign) is the index of a block, as \(.blocks) lists them")
      }
      return .norm(index)
    }
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

  /// A score with its multiplier: `energy*std`, or `energy*std@2` at block 2.
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
      throw refusal(
        "multiplies \(name), which does not take a multiplier; \(.catalogue) tells which scores do")
    }
    guard parts.count > 1 else {
      return .multiplied(name, ChannelMultiplier(statistic: statistic, block: nil))
    }
    guard let block = Int(parts[1]), block >= 0, parts[1] == "\(block)" else {
      throw refusal(
        "does not have the index of a block after @: write \(name)*\(parts[0])@2 for block 2")
    }
    return .multiplied(name, ChannelMultiplier(statistic: statistic, block: block))
  }

  private static func fusedComponents(of text: String) throws(OddityError) -> [ScoreName] {
    let components = try components(of: text, in: "fusion")
    // Both would learn from images of the select part.
    if let learner = components.first(where: {
      $0.method == KLMatching.self || $0.method == GramDeviation.self
    }) {
      throw OddityError(
        .usage,
        "\"\(text)\": \(learner) learns from the same images as the fusion, so it would look better than it "
          + "is: leave it out")
    }
    return components
  }

  /// - Parameter word: the word before the brackets.
  private static func components(of text: String, in word: String) throws(OddityError) -> [ScoreName] {
    var components: [ScoreName] = []
    for part in try list(of: text, in: word).split(separator: "/", omittingEmptySubsequences: false) {
      if part == "auto" || part == "fusion" {
        throw OddityError(
          .usage,
          "\"\(text)\": \(part) chooses scores itself, so it cannot be part of \(word)(…): name single "
            + "scores")
      }
      let component = ScoreName(try single(String(part)))
      if components.contains(component) {
        throw OddityError(.usage, "\"\(text)\" names \(component) twice")
      }
      components.append(component)
    }
    guard components.count > 1 else {
      throw OddityError(.usage, "\"\(text)\" needs two scores or more, such as \(word)(energy/msp)")
    }
    return components
  }

  /// The text between the brackets after a word.
  private static func list(of text: String, in word: String) throws(OddityError) -> Substring {
    func refusal(_ reason: String) -> OddityError { OddityError(.usage, "\"\(text)\" \(reason)") }
    if text == word + normSuffix || text.hasPrefix("\(word)*") {
      throw refusal(
        "changes a whole \(word): change scores in it, as in '\(word)(energy+norm/msp)' or '\(word)(energy*std/msp)'"
      )
    }
    guard text.hasPrefix("\(word)(") else {
      throw refusal("does not name its scores in brackets: write '\(word)(energy/msp)'")
    }
    if text.hasSuffix(")" + normSuffix) {
      throw refusal("composes several scores at once: compose each, as in '\(word)(knn+norm/vim)'")
    }
    if text.contains(")*") {
      throw refusal("multiplies several scores at once: multiply each, as in '\(word)(energy*std/vim)'")
    }
    guard text.hasSuffix(")") else {
      throw refusal("lacks its closing bracket: separate its scores by a slash, as in '\(word)(energy/msp)'")
    }
    let list = text.dropFirst(word.count + 1).dropLast()
    guard !list.contains(where: { "()".contains($0) }) else {
      throw refusal("has brackets within brackets: name all scores in one pair of brackets")
    }
    return list
  }

  /// The error for an unknown score. It suggests similar names, or lists all names.
  static func unknown(_ text: String) -> OddityError {
    let plain = Scores.all.map(\.name)
    let composed = plain.compactMap { ScoreName(.plain($0)).composed?.description }
    let near = NearestNames.of(text, among: plain + composed + ["auto", "fusion"])
    guard near.isEmpty else {
      return OddityError(
        .usage,
        "there is no score \"\(text)\": did you mean \(near.joined(separator: " or "))? \(.catalogue) lists them all"
      )
    }
    return OddityError(
      .usage,
      "there is no score \"\(text)\": the scores are \(available), most of them also with \(normSuffix) or "
        + "'NAME*std', 'ensemble(A/B)', fusion and auto; \(.catalogue) explains them")
  }
}
