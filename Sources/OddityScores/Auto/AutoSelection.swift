import OddityClassifier

/// The choice of a score without OOD images.
package struct AutoSelection {
  /// The chosen candidate.
  package let chosen: AutoCandidate
  package let report: AutoReport

  /// - Parameters:
  ///   - candidates: in an order that decides between equal ones.
  ///   - blocks: the blocks that the candidates' positions refer to.
  /// - Throws: ``OddityError`` `.badData` if every candidate is reversed.
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
        "auto finds no score that separates images from pseudo-OOD images "
          + "(\(kinds.joined(separator: ", "))): all scores are reversed or no better than chance on this "
          + "network; check the preprocessing, or name a score with \(.scores)")
    }
    self.chosen = chosen
    // The chosen candidate is first. The sort keeps the order of equal candidates.
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

  /// Whether a fusion is worse than single scores by more than one standard error over the kinds. Within one
  /// standard error it is unknown which is better, and a fusion depends less on what a single score misses.
  private static func isWorse(_ fusion: [Double], than singles: [Double]?) -> Bool {
    guard let singles else { return false }
    let differences = zip(fusion, singles).map { $0 - $1 }
    let error = differences.count > 1 ? Moments.standardErrorOfMean(differences) : 0
    return Moments.mean(differences) < -error
  }

  /// The value of choosing the best single score: against each kind, the AUROC of the score that is best on
  /// the other kinds. A fusion is evaluated in the same way. The best of seventy scores looks too good on the
  /// kinds by which it was chosen.
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

  /// The first of the best candidates by a criterion. Reversed candidates are never chosen.
  private static func best(_ candidates: [AutoCandidate], by criterion: AutoCriterion) -> AutoCandidate? {
    var best: (candidate: AutoCandidate, value: Double)?
    for candidate in candidates where !candidate.isReversed {
      guard let value = criterion.value(candidate), value > best?.value ?? -.infinity else { continue }
      best = (candidate, value)
    }
    return best?.candidate
  }
}

/// Why `auto` chose its score.
public struct AutoReport: Codable, Sendable, Equatable {
  public let criterion: AutoCriterion
  /// The kinds of pseudo-OOD images, in the order of the candidates' AUROCs.
  public let kinds: [String]
  public let chosen: Choice
  /// What each criterion would have chosen.
  public let choices: [CriterionChoice]
  /// All candidates, the chosen one first and then the best.
  public let ranking: [Candidate]
  /// Scores that could not be fitted, or that learn from too few images to be reliable, with the reason.
  public let leftOut: [ScoreLeftOut]
  /// The value of choosing the best single score, by the criterion: against each kind, that of the score that
  /// is best on the other kinds. A fusion is evaluated in the same way. nil if there is no fusion to compare
  /// with.
  public var bestSingle: Double?
  /// Why nothing was compared, if there were too few images; otherwise nil.
  public var fallback: String?

  private enum CodingKeys: String, CodingKey {
    case criterion, kinds, chosen, choices, ranking
    case leftOut = "left_out"
    case bestSingle = "best_single"
    case fallback
  }

  public struct Choice: Codable, Sendable, Equatable {
    public let name: String
    /// The block whose norm is used; nil for scores that are not a norm.
    public let block: SelectedBlock?

    /// The name in tables.
    public var title: String { AutoReport.title(name, block) }
  }

  /// For FeatureNorm of a block that is not the selected one, the name contains the block.
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
    /// The value of the criterion, where larger is better.
    public let value: Double?
    /// AUROC of the select part against each kind.
    public let aurocs: [Double]
    /// FPR95 of the select part against each kind.
    public let fpr95s: [Double]
    /// Whether pseudo-OOD images score higher on average. Such a score is never chosen.
    public let reversed: Bool

    public var title: String { AutoReport.title(name, block) }
  }
}

extension AutoReport {
  /// The message for users if nothing was compared; otherwise nil.
  package var uncompared: String? {
    fallback.map { "auto took \(chosen.title) without a comparison: \($0)" }
  }

  /// The report for a score that was taken without a comparison.
  ///
  /// - Parameter reason: why nothing was compared.
  package init(taking name: ScoreName, because reason: String, leftOut: [ScoreLeftOut]) {
    self.init(
      criterion: .standard, kinds: [], chosen: Choice(name: name.description, block: nil), choices: [],
      ranking: [],
      leftOut: leftOut, fallback: reason)
  }
}

/// A score that was requested, or was a candidate of `auto`, and could not be fitted.
public struct ScoreLeftOut: Codable, Sendable, Equatable {
  public let name: String
  public let reason: String

  package init(_ name: ScoreName, _ error: OddityError) {
    (self.name, reason) = (name.description, error.message)
  }
}
