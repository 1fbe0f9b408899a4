import OddityModel

/// The scores that may be chosen or fused, fitted and measured on the images that decide: select images, and
/// pseudo-OOD images made from some of them.
struct CandidateColumns {
  let table: ColumnTable
  let costs: ColumnCosts
  /// The scores in the order of the table's columns.
  private let scores: [FittedScore]
  /// The tensors of the classifier that each score reads.
  private let taps: [Set<Tap>]
  /// The scores that could not be fitted, or that learn from too few images to be reliable.
  let leftOut: [ScoreLeftOut]

  /// - Parameters:
  ///   - names: plain and composed scores.
  ///   - block: the position of the block that scores are composed with.
  ///   - leftOutBefore: the scores that were left out before.
  init(
    _ names: [ScoreName], _ setup: FitSetup, _ observations: Observations, block: Int,
    leftOut leftOutBefore: [ScoreLeftOut] = []
  ) async throws {
    var fitting = try await LeafFitting(
      setup, observations, block: setup.candidates[block], bySampleAlone: true)
    var fitted: [(name: ScoreName, score: FittedScore)] = []
    var leftOut = leftOutBefore
    for (place, name) in names.enumerated() {
      setup.options.run.progress(Progress(task: "fitting scores", done: place, total: names.count))
      do {
        fitted.append((name, try fitting.fit(name)))
      } catch let error as OddityError where error.concernsOneScore {
        leftOut.append(ScoreLeftOut(name, error))
      }
    }
    let scores = fitted.map(\.score)
    let taps = fitted.map { setup.taps(of: [$0.name], composedWith: block) }
    (self.scores, self.taps) = (scores, taps)
    // Runs beside the measurement. Each score needs its own graph, made on one thread.
    async let costs = ColumnCosts(
      zip(scores, taps).map { (score: $0, taps: $1) }, of: setup.classifier, form: setup.form,
      std: setup.preprocessing.pixelScale, engine: setup.engine)
    let layout = setup.probe.layout.sampled
    let runner = try setup.scoreRunner(scores, layout: layout)
    func measured(_ rows: [RowSample.Row]) async throws -> ColumnTable.Rows {
      ColumnTable.Rows(columns: try await runner.scores(of: rows.map(\.values)), keys: rows.map(\.key))
    }
    var kinds: [(name: String, rows: ColumnTable.Rows)] = []
    for (kind, sample) in Self.deciding(observations, of: setup) {
      kinds.append((kind.name, try await measured(sample.rows)))
    }
    table = ColumnTable(
      names: fitted.map(\.name),
      images: try await measured(Array(observations.heldOut.rows.prefix(FusionRule.images))), kinds: kinds)
    self.costs = try await costs
    self.leftOut = leftOut
  }

  /// Whether there are enough images to choose or to learn from, as ``ColumnTable/isLargeEnough`` decides for
  /// the table.
  static func areEnough(_ observations: Observations, of setup: FitSetup) -> Bool {
    FusionRule.areEnough(
      images: observations.heldOut.rows.count,
      ofEachKind: deciding(observations, of: setup).map(\.sample.rows.count))
  }

  /// The kinds of pseudo-OOD images that decide, each with one strength. Otherwise a kind that is left out
  /// would still be present with another strength.
  private static func deciding(
    _ observations: Observations, of setup: FitSetup
  ) -> [(kind: PseudoOOD, sample: RowSample)] {
    var seen: Set<String> = []
    return zip(setup.kinds, observations.samples)
      .filter { FusionRule.kinds.contains($0.0.kindName) && seen.insert($0.0.kindName).inserted }
      .map { (kind: $0.0, sample: $0.1) }
  }

  /// A fusion of some of the columns, as a score.
  func fitted(_ fusion: LearntFusion) -> FittedFusion {
    let places = fusion.fusion.columns.compactMap { table.names.firstIndex(of: $0.name) }
    return FittedFusion(
      score: .fusion(fusion.fusion, of: places.map { scores[$0] }),
      taps: places.reduce(into: []) { $0.formUnion(taps[$1]) }, report: fusion.report)
  }
}

extension FitSetup {
  /// The tensors of the classifier that scores read.
  ///
  /// - Parameters:
  ///   - leaves: plain and composed scores.
  ///   - selected: the position of the block that they are composed with.
  func taps(of leaves: [ScoreName], composedWith selected: Int) -> Set<Tap> {
    leaves.reduce(into: []) { taps, leaf in
      taps.formUnion(plan.taps(of: [leaf], at: leaf.blocks(self, composedWith: selected)))
    }
  }
}

extension ScoreName {
  /// The blocks whose norms the score uses.
  func blocks(_ setup: FitSetup, composedWith selected: Int) -> [Block] {
    if case .norm(let index) = form { return [setup.classifier.blocks[index]] }
    return usesSelectedBlock ? [setup.candidates[selected]] : []
  }
}
