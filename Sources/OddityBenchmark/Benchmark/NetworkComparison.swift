import OddityFit

/// Compares the scores and blocks of one network: ID images against every OOD set.
struct NetworkComparison {
  private let suite: Suite
  private let layout: MeasurementLayout
  private let inside: MeasuredSet
  private let outside: [MeasuredSet]
  private let shifted: [MeasuredSet]

  init(_ suite: Suite, layout: MeasurementLayout, sets: [MeasuredSet]) {
    (self.suite, self.layout) = (suite, layout)
    inside = sets.filter { $0.set.role == .evaluate }[0]
    outside = sets.filter { $0.set.role == .ood }
    shifted = sets.filter { $0.set.role == .shifted }
  }

  /// The number of images of `id.evaluate` that are classified correctly; nil if no true class is known.
  func agreement(_ labels: SuiteLabels, classes: Int) throws -> Agreement? {
    try agreement(of: [inside], labels, classes: classes)
  }

  /// The agreement on the images of several sets together.
  private func agreement(of sets: [MeasuredSet], _ labels: SuiteLabels, classes: Int) throws -> Agreement? {
    let truth = try sets.flatMap { set in
      let truth = try labels.truth(of: set.set, classes: classes)
      return set.rows.map { truth[$0] }
    }
    return Agreement(predicted: sets.flatMap(\.predictedClasses), truth: truth, classes: classes)
  }

  /// The OOD sets against ID images and shifted ID images together; nil if the suite has no shifted images.
  func fullSpectrum(_ labels: SuiteLabels, classes: Int) throws -> FullSpectrumReport? {
    guard !shifted.isEmpty else { return nil }
    let all = [inside] + shifted
    let agreement = try agreement(of: all, labels, classes: classes)
    return FullSpectrumReport(
      idAccuracy: agreement?.accuracy, idAccuracyImages: agreement?.images ?? 0,
      shifted: try shifted.map { set in
        let agreement = try self.agreement(of: [set], labels, classes: classes)
        return FullSpectrumReport.ShiftedSet(
          name: set.set.name, images: set.rows.count, accuracy: agreement?.accuracy,
          accuracyImages: agreement?.images ?? 0)
      },
      table: try MethodTable(sets: columns, methods: methods(idSets: all), seed: suite.seed))
  }

  private var columns: [MethodTable.Column] {
    suite.outOfDistribution.map { MethodTable.Column($0.name, group: $0.group) }
  }

  /// The suite's scores of the ID images, in one or several sets, and of the OOD sets.
  private func methods(idSets: [MeasuredSet]) -> [MethodScores] {
    suite.scores.enumerated().map { position, score in
      MethodScores(
        name: score.description, inDistribution: idSets.flatMap { $0.scores[position] },
        outOfDistribution: outside.map { $0.scores[position] })
    }
  }

  /// All scores against all sets. If the suite contains `auto` and requests all blocks, also the comparison
  /// of `auto` with the best single score.
  func tables() throws(OddityError) -> (methods: MethodTable, hindsight: HindsightComparison?) {
    let sets = columns.map(\.name)
    let auto = suite.blocks == .all ? suite.scores.firstIndex(of: .auto) : nil
    let singles = auto == nil ? [] : suite.scores.indices.filter { suite.scores[$0].isSingle }
    let scores = methods(idSets: [inside])
    let norms = auto == nil ? [] : layout.blocks.indices.map(blockNorm)
    let all = scores + norms
    let metrics = try all.map { method throws(OddityError) in try method.metrics(sets: sets) }
    let bootstrap = PairedBootstrap(all, seed: suite.seed)
    let table = MethodTable(
      sets: columns, methods: scores, metrics: Array(metrics.prefix(scores.count)), seed: suite.seed,
      bootstrap: bootstrap)
    // The FeatureNorm of the selected block is also among the FeatureNorms of all blocks.
    let candidates = singles.filter { suite.scores[$0] != .featurenorm } + (scores.count..<all.count)
    guard let auto, !candidates.isEmpty else { return (table, nil) }
    return (
      table,
      HindsightComparison(
        of: auto, among: candidates, names: all.map(\.name), aurocs: metrics.map { $0.map(\.auroc) },
        sets: sets,
        bootstrap: bootstrap)
    )
  }

  /// The FeatureNorm of a block against all sets. `block` is its position among the network's blocks.
  private func blockNorm(_ block: Int) -> MethodScores {
    MethodScores(
      name: layout.blocks[block].normName, inDistribution: inside.norms(block: block),
      outOfDistribution: outside.map { $0.norms(block: block) })
  }

  /// The shares that a score flags at its threshold.
  ///
  /// - Parameter position: the position of the score among the suite's scores.
  func threshold(_ position: Int, _ calibration: ConformalCalibration) -> ThresholdReport {
    func flagged(_ set: MeasuredSet) -> Double {
      let scores = set.scores[position]
      return Double(scores.count { calibration.isOutlier($0) }) / Double(scores.count)
    }
    return ThresholdReport(
      score: suite.scores[position].description, threshold: Double(calibration.threshold),
      idFlagged: flagged(inside),
      ood: outside.map { ThresholdReport.FlaggedSet(name: $0.set.name, flagged: flagged($0)) },
      shifted: shifted.map { ThresholdReport.FlaggedSet(name: $0.set.name, flagged: flagged($0)) })
  }

  /// The FeatureNorm of every block against all sets.
  func blockMetrics() throws(OddityError) -> [BlockMetrics] {
    try layout.blocks.indices.map { (block) throws(OddityError) in
      let norms = inside.norms(block: block)
      return BlockMetrics(
        layout.blocks[block],
        ood: try outside.map { (set) throws(OddityError) in
          let metrics = try DetectionMetrics(
            inDistribution: norms, outOfDistribution: set.norms(block: block))
          return BlockMetrics.AgainstSet(name: set.set.name, metrics: metrics)
        })
    }
  }

  /// The NormRatio of every block, by kind of pseudo-OOD image, with its AUROC.
  func blocks(_ fit: FitReport, _ metrics: [BlockMetrics]) -> BlockComparison {
    BlockComparison(
      kinds: fit.pseudoOOD.map(\.kind), sets: outside.map(\.set.name), selected: fit.selected,
      blocks: layout.blocks.indices.map { block in
        ComparedBlock(
          layout.blocks[block],
          normRatios: fit.pseudoOOD.map { kind in
            kind.blocks[block].eligible ? kind.blocks[block].normRatio : nil
          }, aurocs: metrics[block].ood.map(\.metrics.auroc))
      })
  }
}

/// The results of one network that tables show. Tables over several networks, such as the paper's, combine
/// them.
package struct NetworkResults: Sendable {
  package let name: String
  /// The share of ID images that are classified correctly; nil if their labels are unknown.
  package let idAccuracy: Double?
  /// The number of images whose class is known.
  package let idAccuracyImages: Int
  /// The shifted sets that are among the ID images of `table`.
  package let shifted: [FullSpectrumReport.ShiftedSet]
  package let table: MethodTable
  /// nil if there are no shifted images.
  package let fullSpectrum: FullSpectrumReport?
  /// nil unless `auto` was compared with single scores.
  package let hindsight: HindsightComparison?
  /// nil if the blocks were not compared.
  package let blocks: BlockComparison?
  /// The choice of `auto`; nil if there is no such row.
  package let autoChoice: AutoReport.Choice?

  /// The results that contain only the full-spectrum table; nil if there are no shifted images.
  package var ofFullSpectrum: NetworkResults? {
    fullSpectrum.map {
      NetworkResults(
        name: name, idAccuracy: $0.idAccuracy, idAccuracyImages: $0.idAccuracyImages, shifted: $0.shifted,
        table: $0.table, fullSpectrum: nil, hindsight: nil,
        blocks: nil,
        autoChoice: autoChoice)
    }
  }
}

extension Block {
  /// The name of the block's FeatureNorm in tables.
  fileprivate var normName: String {
    index.map { ScoreName.featurenorm(ofBlock: $0).description } ?? "featurenorm at \(tensor)"
  }
}
