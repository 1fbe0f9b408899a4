import OddityClassifier

/// The choice of a score without OOD images.
package struct AutoSelection {
  /// The chosen candidate.
  package let chosen: AutoCandidate
  package let report: AutoReport

  /// - Parameters:
  ///   - candidates: in an order that decides between equals.
  ///   - blocks: the blocks that candidates' positions mean.
  /// - Throws: ``OddityError`` `.badData` where every candidate is reversed.
  package init(_ candidates: [AutoCandidate], kinds: [String], blocks: [Block], leftOut: [ScoreLeftOut])
    throws(OddityError)
  {
    let singles = candidates.filter { !$0.name.isFusion }
    let bestSingles = Self.aurocsOfBest(singles)
    func value(_ candidate: AutoCandidate) -> Double { AutoCriterion.standard.value(candidate) ?? -1 }
    let compared = Self.best(candidates.filter(\.name.isFusion), by: .standard)
    let fusion = compared.flatMap { Self.isWorse($0.aurocs, than: bestSingles) ? nil : $0 }
    guard let chosen = fusion ?? Self.best(singles, by: .standard) else {
      throw OddityError(
        .badData,
        "auto finds no score that tells images from pseudo-OOD images (\(kinds.joined(separator: ", "))): all are reversed "
          + "or at chance on this network; check the preprocessing, or name a score with \(.scores)")
    }
    self.chosen = chosen
    // The chosen one first; sorting leaves equals in their order.
    let ranked =
      [chosen] + candidates.filter { $0.name != chosen.name }.sorted { value($0) > value($1) }
    func block(_ candidate: AutoCandidate) -> SelectedBlock? {
      candidate.block.map { SelectedBlock(blocks[$0]) }
    }
    report = AutoReport(
      criterion: .standard, kinds: kinds,
      chosen: AutoReport.Choice(name: chosen.name.description, block: block(chosen)),
      choices: AutoCriterion.allCases.compactMap { criterion in
        (criterion == .standard ? chosen : Self.best(candidates, by: criterion)).map { best in
          AutoReport.CriterionChoice(criterion: criterion, name: best.name.description, block: block(best))
        }
      },
      ranking: ranked.map { candidate in
        AutoReport.Candidate(
          name: candidate.name.description, block: block(candidate),
          value: AutoCriterion.standard.value(candidate), aurocs: candidate.aurocs, fpr95s: candidate.fpr95s,
          reversed: candidate.isReversed)
      }, leftOut: leftOut, bestSingle: compared == nil ? nil : bestSingles.map(Moments.mean))
  }

  /// Whether a fusion is worse than single scores by more than one standard error over the kinds. Within that nothing is known of
  /// which is better, and many scores together depend less on what one of them misses.
  private static func isWorse(_ fusion: [Double], than singles: [Double]?) -> Bool {
    guard let singles else { return false }
    let differences = zip(fusion, singles).map { $0 - $1 }
    let error = differences.count > 1 ? Moments.standardErrorOfMean(differences) : 0
    return Moments.mean(differences) < -error
  }

  /// What choosing the best single score is worth: against each kind, AUROC of the score that is best by the others. A fusion is
  /// judged so too. The best of seventy scores looks better than it is on the kinds that it was chosen by.
  private static func aurocsOfBest(_ singles: [AutoCandidate]) -> [Double]? {
    guard let kinds = singles.first?.aurocs.count, kinds > 1 else {
      return best(singles, by: .standard)?.aurocs
    }
    let aurocs = (0..<kinds).compactMap { kind in
      let others = singles.map { single in
        var aurocs = single.aurocs
        aurocs.remove(at: kind)
        return AutoCandidate(
          name: single.name, block: single.block, isSelectedNorm: single.isSelectedNorm, aurocs: aurocs,
          fpr95s: [])
      }
      let best = best(others, by: .standard)
      return singles.first { $0.name == best?.name }?.aurocs[kind]
    }
    return aurocs.count == kinds ? aurocs : nil
  }

  /// The first of the best by a criterion; reversed ones are never chosen.
  private static func best(_ candidates: [AutoCandidate], by criterion: AutoCriterion) -> AutoCandidate? {
    var best: (candidate: AutoCandidate, value: Double)?
    for candidate in candidates where !candidate.isReversed {
      guard let value = criterion.value(candidate), value > best?.value ?? -.infinity else { continue }
      best = (candidate, value)
    }
    return best?.candidate
  }
}

/// Why `auto` chose what it chose.
public struct AutoReport: Codable, Sendable, Equatable {
  public let criterion: AutoCriterion
  /// The kinds of pseudo-OOD images, in the order of the candidates' AUROCs.
  public let kinds: [String]
  public let chosen: Choice
  /// What each criterion would have chosen.
  public let choices: [CriterionChoice]
  /// All candidates, the chosen one first and then the best.
  public let ranking: [Candidate]
  /// Scores that could not be fitted, or learn from too few images to be trusted, with the reason.
  public let leftOut: [ScoreLeftOut]
  /// What choosing the best single score is worth by the criterion: against each kind that of the score which is best by the other
  /// kinds, as a fusion is judged too; nil where there is no fusion to compare with.
  public var bestSingle: Double?
  /// Why nothing was compared, where there were too few images to; else nil.
  public var fallback: String?

  private enum CodingKeys: String, CodingKey {
    case criterion, kinds, chosen, choices, ranking
    case leftOut = "left_out"
    case bestSingle = "best_single"
    case fallback
  }

  public struct Choice: Codable, Sendable, Equatable {
    public let name: String
    /// The block whose norm is taken; nil for scores that are no norm.
    public let block: SelectedBlock?

    /// What tables call it.
    public var title: String { AutoReport.title(name, block) }
  }

  /// FeatureNorm of another block than the selected one has its block in its name.
  fileprivate static func title(_ name: String, _ block: SelectedBlock?) -> String {
    guard let block, name == ScoreName.featurenorm.description else { return name }
    return "\(name) at \(block.name)"
  }

  public struct CriterionChoice: Codable, Sendable, Equatable {
    public let criterion: AutoCriterion
    public let name: String
    public let block: SelectedBlock?

    public var title: String { AutoReport.title(name, block) }
  }

  public struct Candidate: Codable, Sendable, Equatable {
    public let name: String
    public let block: SelectedBlock?
    /// By the criterion; larger is better.
    public let value: Double?
    /// AUROC of the select part against each kind.
    public let aurocs: [Double]
    /// FPR95, likewise.
    public let fpr95s: [Double]
    /// Whether pseudo-OOD images score higher on average: such a score is never chosen.
    public let reversed: Bool

    public var title: String { AutoReport.title(name, block) }
  }
}

extension AutoReport {
  /// What users are told where nothing was compared; else nil.
  package var uncompared: String? {
    fallback.map { "auto took \(chosen.title) without a comparison: \($0)" }
  }

  /// Of a score that was taken without a comparison.
  ///
  /// - Parameter reason: why nothing was compared.
  package init(taking name: ScoreName, because reason: String, leftOut: [ScoreLeftOut]) {
    self.init(
      criterion: .standard, kinds: [], chosen: Choice(name: name.description, block: nil), choices: [],
      ranking: [],
      leftOut: leftOut, fallback: reason)
  }
}

/// A score that was asked for, or was a candidate of `auto`, and could not be fitted.
public struct ScoreLeftOut: Codable, Sendable, Equatable {
  public let name: String
  public let reason: String

  package init(_ name: ScoreName, _ error: OddityError) {
    (self.name, reason) = (name.description, error.message)
  }
}
