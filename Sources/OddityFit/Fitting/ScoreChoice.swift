import OddityModel

/// What is chosen and learnt on pseudo-OOD images before the scores are fitted: the choice of `auto`, and
/// fusions.
struct ScoreChoice {
  /// The scores to fit, each once. `auto` is replaced by its choice, and fusions that could not be learnt are
  /// missing.
  let names: [ScoreName]
  /// Why `auto` chose its score; nil if it was not requested.
  let auto: AutoReport?
  /// The fusions among the names.
  let fusions: [ScoreName: FittedFusion]
  /// The fusions that could not be learnt, after the scores that were left out before.
  let leftOut: [ScoreLeftOut]

  /// - Parameters:
  ///   - eligible: the positions of the blocks whose FeatureNorm may be a column or be chosen.
  ///   - selected: the position of the block that NormRatio selects.
  ///   - noBlock: why no block could be selected, if so.
  /// - Throws: ``OddityError`` if an indispensable score is not available.
  init(
    _ setup: FitSetup, _ observations: Observations, eligible: [Int], selected: Int, noBlock: OddityError?
  ) async throws {
    let choosing = Choosing(
      setup: setup, observations: observations, eligible: eligible, selected: selected, noBlock: noBlock)
    let candidates = try await choosing.candidates()
    var (names, auto): ([ScoreName], AutoReport?) = ([], nil)
    var fusions: [ScoreName: FittedFusion] = [:]
    var leftOut = setup.plan.leftOut
    for wanted in setup.plan.names {
      var name = wanted
      if wanted == .auto, let candidates {
        (name, auto) = try choosing.choice(candidates)
      }
      // The choice of `auto` may also have been requested by name.
      if names.contains(name) { continue }
      do {
        if name == .fusion, let candidates {
          fusions[name] = candidates.columns.fitted(try candidates.fusion.get())
        } else if name.isFusion {
          fusions[name] = try await choosing.fusion(name)
        }
        names.append(name)
      } catch let error as OddityError where error.concernsOneScore && setup.plan.mayLeaveOut(wanted) {
        leftOut.append(ScoreLeftOut(name, error))
      }
    }
    (self.names, self.auto, self.fusions, self.leftOut) = (names, auto, fusions, leftOut)
  }
}

/// Fits candidates, and chooses among them.
private struct Choosing {
  let setup: FitSetup
  let observations: Observations
  let eligible: [Int]
  let selected: Int
  let noBlock: OddityError?

  /// All candidates of `auto`.
  struct Candidates {
    let columns: CandidateColumns
    /// A fusion of some candidates, or why there is none.
    let fusion: Result<LearntFusion, any Error>
  }

  /// The fusion of all scores that a name contains.
  func fusion(_ name: ScoreName) async throws -> FittedFusion {
    if let noBlock, name.needsBlock { throw noBlock }
    let columns = try await CandidateColumns(name.leaves, setup, observations, block: selected)
    if let missing = columns.leftOut.first {
      throw OddityError(.badData, "\(name): \(missing.name) cannot be fitted: \(missing.reason)")
    }
    return columns.fitted(try LearntFusion(name, ofAll: columns.table, costs: columns.costs))
  }

  /// All candidates, including FeatureNorm of every eligible block; nil if nothing has to be chosen.
  func candidates() async throws -> Candidates? {
    guard setup.plan.names.contains(where: { [.auto, .fusion].contains($0) }) else { return nil }
    let few = FewImages(
      images: min(observations.statistics.count, FitData.sampleSize), classes: setup.classifier.classes,
      features: setup.classifier.featureCount ?? 0)
    // Candidates are fitted only if they can be compared.
    let isCompared = CandidateColumns.areEnough(observations, of: setup)
    let wanted = isCompared ? setup.plan.candidates : setup.plan.candidates.filter(fallbacks.contains)
    var names = norms.map(\.name).filter { isCompared || fallbacks.contains($0) }
    var leftOut: [ScoreLeftOut] = []
    for name in wanted {
      if let error = few.refusal(of: name) ?? (name.needsBlock ? noBlock : nil) {
        leftOut.append(ScoreLeftOut(name, error))
      } else {
        names.append(name)
      }
    }
    let columns = try await CandidateColumns(names, setup, observations, block: selected, leftOut: leftOut)
    let fusion = Result {
      try LearntFusion(columns.table, costs: columns.costs, budget: setup.plan.fusionBudget)
    }
    return Candidates(columns: columns, fusion: fusion)
  }

  /// FeatureNorm of every eligible block, or of the block that the user named, with the block's position.
  private var norms: [(name: ScoreName, block: Int)] {
    let positions = setup.namedCandidate.map { [$0] } ?? eligible
    return positions.compactMap { position in
      if position == selected { return (.featurenorm, position) }
      return setup.candidates[position].index.map { (.featurenorm(ofBlock: $0), position) }
    }
  }

  /// The best of all candidates.
  func choice(_ candidates: Candidates) throws -> (ScoreName, AutoReport) {
    let table = candidates.columns.table
    var leftOut = candidates.columns.leftOut
    guard table.isLargeEnough else {
      let error = OddityError.tooFewForFusion(table)
      let name = try fallback(table.names)
      return (name, AutoReport(taking: name, because: error.message, leftOut: leftOut))
    }
    var compared: [AutoCandidate] = []
    switch candidates.fusion {
    case .success(let learnt):
      compared.append(
        AutoCandidate(
          name: .fusion, block: nil, isSelectedNorm: false, aurocs: learnt.aurocs, fpr95s: learnt.fpr95s))
    case .failure(let error as OddityError) where error.code == .badData:
      leftOut.append(ScoreLeftOut(.fusion, error))
    case .failure(let error): throw error
    }
    let (norms, selected) = (norms, selected)
    compared += try Array(table.names.indices).concurrentMap { column throws(OddityError) in
      try Self.single(column, of: table, norms: norms, selected: selected)
    }
    let selection = try AutoSelection(
      compared, kinds: table.kinds.map(\.name), blocks: setup.candidates, leftOut: leftOut)
    return (selection.chosen.name, selection.report)
  }

  /// One column as a candidate. An image with a NaN score is flagged, so it counts as having the lowest
  /// score.
  private static func single(
    _ column: Int, of table: ColumnTable, norms: [(name: ScoreName, block: Int)], selected: Int
  ) throws(OddityError) -> AutoCandidate {
    func scores(_ rows: ColumnTable.Rows) -> [Float] {
      rows.columns[column].map { $0.isNaN ? -.infinity : $0 }
    }
    let images = scores(table.images)
    let metrics = try table.kinds.map { kind throws(OddityError) in
      try DetectionMetrics(inDistribution: images, outOfDistribution: scores(kind.rows))
    }
    let name = table.names[column]
    let norm = norms.first { $0.name == name }
    return AutoCandidate(
      name: name, block: norm?.block, isSelectedNorm: norm?.block == selected, aurocs: metrics.map(\.auroc),
      fpr95s: metrics.map(\.fpr95))
  }

  /// The scores to take if nothing can be compared, the best first.
  private var fallbacks: [ScoreName] {
    [ScoreName.energy.composed, setup.form.scoreToCompareWith, .featurenorm].compactMap { $0 }
  }

  /// The first of these that could be fitted.
  private func fallback(_ fitted: [ScoreName]) throws(OddityError) -> ScoreName {
    guard let name = fallbacks.first(where: fitted.contains) else {
      throw OddityError(
        .badData, "auto finds no score that can be fitted to these images: name one with \(.scores)")
    }
    return name
  }
}
