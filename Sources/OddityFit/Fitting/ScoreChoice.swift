import OddityModel

/// What is chosen and learnt on pseudo-OOD images before the scores of a fit are fitted: what `auto` stands for, and fusions.
struct ScoreChoice {
  /// The scores to fit, each once: of `auto` what it chose.
  let names: [ScoreName]
  /// The position of the block whose norm they take.
  let block: Int
  /// Why `auto` chose what it chose; nil where it was not asked for.
  let auto: AutoReport?
  /// The fusions among the names.
  let fusions: [ScoreName: LearntFusion]

  /// - Parameters:
  ///   - eligible: positions of the blocks whose FeatureNorm may be a column or be chosen.
  ///   - selected: the block that NormRatio selects, by its position.
  ///   - noBlock: why none could be selected, where that is so.
  init(
    _ setup: FitSetup, _ observations: Observations, eligible: [Int], selected: Int, noBlock: OddityError?
  ) async throws {
    let fitting = Choosing(
      setup: setup, observations: observations, eligible: eligible, selected: selected, noBlock: noBlock)
    let wanted = setup.plan.names
    let named = wanted.filter { $0.isFusion && $0 != .fusion }
    var fusions: [ScoreName: LearntFusion] = [:]
    for name in named { fusions[name] = try await fitting.fusion(name) }
    guard wanted.contains(.auto) || wanted.contains(.fusion) else {
      (names, block, auto, self.fusions) = (wanted, selected, nil, fusions)
      return
    }
    let columns = try await fitting.columns()
    let learnt = Result {
      try LearntFusion(columns.table, costs: columns.costs, budget: setup.plan.fusionBudget)
    }
    if wanted.contains(.fusion) { fusions[.fusion] = try learnt.get() }
    guard wanted.contains(.auto) else {
      (names, block, auto, self.fusions) = (wanted, selected, nil, fusions)
      return
    }
    let choice = try fitting.choice(columns, fusion: learnt)
    if choice.name == .fusion { fusions[.fusion] = try learnt.get() }
    // What `auto` chose may be among those that were named.
    names = wanted.map { $0 == .auto ? choice.name : $0 }.reduce(into: []) { names, name in
      if !names.contains(name) { names.append(name) }
    }
    (block, auto, self.fusions) = (choice.block ?? selected, choice.report, fusions)
  }
}

/// Fits candidates, and chooses among them.
private struct Choosing {
  let setup: FitSetup
  let observations: Observations
  let eligible: [Int]
  let selected: Int
  let noBlock: OddityError?

  /// The fusion of all scores that a name names.
  func fusion(_ name: ScoreName) async throws -> LearntFusion {
    if let noBlock, name.needsBlock { throw noBlock }
    let columns = try await CandidateColumns(name.leaves, setup, observations, block: selected)
    if let missing = columns.leftOut.first {
      throw OddityError(.badData, "\(name): \(missing.name) cannot be fitted: \(missing.reason)")
    }
    return try LearntFusion(name, ofAll: columns.table, costs: columns.costs)
  }

  /// All candidates of `auto`, FeatureNorm of every eligible block among them.
  func columns() async throws -> Columns {
    let few = FewImages(
      images: observations.statistics.count, classes: setup.classifier.classes,
      features: setup.classifier.featureCount ?? 0)
    var names = norms.map(\.name)
    var leftOut: [ScoreLeftOut] = []
    for name in setup.plan.candidates {
      if let error = few.refusal(of: name) ?? (name.needsBlock ? noBlock : nil) {
        leftOut.append(ScoreLeftOut(name, error))
      } else {
        names.append(name)
      }
    }
    let columns = try await CandidateColumns(names, setup, observations, block: selected)
    return Columns(table: columns.table, costs: columns.costs, leftOut: leftOut + columns.leftOut)
  }

  struct Columns {
    let table: ColumnTable
    let costs: ColumnCosts
    let leftOut: [ScoreLeftOut]
  }

  /// FeatureNorm of every eligible block, or of the one that the user named, with the block's position.
  private var norms: [(name: ScoreName, block: Int)] {
    let positions = setup.namedCandidate.map { [$0] } ?? eligible
    return positions.compactMap { position in
      if position == selected { return (.featurenorm, position) }
      return setup.candidates[position].index.map { (.featurenorm(ofBlock: $0), position) }
    }
  }

  /// The best of all candidates.
  ///
  /// - Parameter fusion: a fusion of them, or why there is none.
  func choice(
    _ columns: Columns, fusion: Result<LearntFusion, any Error>
  ) throws -> (name: ScoreName, block: Int?, report: AutoReport) {
    var leftOut = columns.leftOut
    guard columns.table.isLargeEnough else {
      let error = OddityError.tooFewForFusion(columns.table)
      let name = try fallback(columns.table.names)
      return (name, nil, AutoReport(taking: name, because: error.message, leftOut: leftOut))
    }
    var candidates: [AutoCandidate] = []
    switch fusion {
    case .success(let learnt):
      candidates.append(
        AutoCandidate(
          name: .fusion, block: nil, isSelectedNorm: false, aurocs: learnt.aurocs, fpr95s: learnt.fpr95s))
    case .failure(let error as OddityError) where error.code == .badData:
      leftOut.append(ScoreLeftOut(.fusion, error))
    case .failure(let error): throw error
    }
    candidates += try columns.table.names.indices.compactMap { try single($0, of: columns.table) }
    let selection = try AutoSelection(
      candidates, kinds: columns.table.kinds.map(\.name), blocks: setup.candidates, leftOut: leftOut)
    return (selection.chosen.name, selection.chosen.block, selection.report)
  }

  /// One column as a candidate; nil where a score is NaN.
  private func single(_ column: Int, of table: ColumnTable) throws -> AutoCandidate? {
    let images = table.images.columns[column]
    let pseudo = table.kinds.map { $0.rows.columns[column] }
    guard pseudo.allSatisfy({ DetectionMetrics.areDefined(images, $0) }) else { return nil }
    let metrics = try pseudo.map { try DetectionMetrics(inDistribution: images, outOfDistribution: $0) }
    let name = table.names[column]
    let norm = norms.first { $0.name == name }
    return AutoCandidate(
      name: norm == nil ? name : .featurenorm, block: norm?.block, isSelectedNorm: norm?.block == selected,
      aurocs: metrics.map(\.auroc), fpr95s: metrics.map(\.fpr95))
  }

  /// What is taken where nothing can be compared: the first of those that can be fitted.
  private func fallback(_ fitted: [ScoreName]) throws(OddityError) -> ScoreName {
    let wanted = [ScoreName.energy.composed, setup.form.scoreToCompareWith, .featurenorm].compactMap { $0 }
    guard let name = wanted.first(where: fitted.contains) else {
      throw OddityError(
        .badData, "auto finds no score that can be fitted to these images: name one with \(.scores)")
    }
    return name
  }
}
