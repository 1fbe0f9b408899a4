import OddityFit

/// Methods against OOD sets on one network, as in the paper's tables, with intervals.
public struct MethodTable: Codable, Sendable, Equatable {
  /// The number of ID images that every method scored.
  public let idImages: Int
  /// The number of bootstrap resamples for the intervals and for marking the best.
  public let resamples: Int
  public let seed: UInt64
  /// The OOD sets, in the order of every row's cells.
  public let sets: [MethodTableSet]
  /// In the order of the `methods` argument.
  public let methods: [MethodRow]
  /// The gains of the selected block's norm. There is one for every score with the norm whose plain score is
  /// a row too, and one that compares FeatureNorm with Energy.
  public let gains: [MethodGain]

  private enum CodingKeys: String, CodingKey {
    case idImages = "id_images"
    case resamples, seed, sets, methods, gains
  }

  /// Measures all methods on the same images.
  ///
  /// A method is marked as the best of a column if the 95 % interval of the paired difference to *every*
  /// other method excludes zero. Within a column, this needs no correction for the number of methods. The
  /// claim holds only if each of the comparisons holds, so its error is at most that of one comparison (an
  /// intersection–union test; Gutmann & Maymin, Annals of Statistics 15, 1987, for the method that was
  /// selected as the best). There is no correction for the number of columns. If there is only one method, or
  /// a set has only one image, nothing is marked.
  ///
  /// - Parameters:
  ///   - sets: the OOD sets, at least one.
  ///   - methods: at least one. Each has scores of the same images and of all sets in their order.
  ///   - seed: the run's seed, for the resamples.
  /// - Throws: ``OddityError`` `.badData`, with the method and the set, if a set is empty or a score is NaN.
  ///   Infinite scores are ranked as they compare.
  public init(
    sets: [Column], methods: [MethodScores], seed: UInt64, resamples: Int = 1_000
  ) throws(OddityError) {
    let names = sets.map(\.name)
    let metrics = try methods.map { method throws(OddityError) in try method.metrics(sets: names) }
    self.init(
      sets: sets, methods: methods, metrics: metrics, seed: seed,
      bootstrap: PairedBootstrap(methods, seed: seed, resamples: resamples))
  }

  /// - Parameters:
  ///   - metrics: the metrics of each method against each set.
  ///   - bootstrap: a bootstrap whose first methods are these methods.
  init(
    sets: [Column], methods: [MethodScores], metrics: [[DetectionMetrics]], seed: UInt64,
    bootstrap: PairedBootstrap
  ) {
    let comparison = MethodComparison(bootstrap: bootstrap, methods: methods.count)
    idImages = methods[0].inDistribution.count
    (resamples, self.seed) = (bootstrap.resamples, seed)
    self.sets = sets.indices.map {
      MethodTableSet(
        name: sets[$0].name, images: methods[0].outOfDistribution[$0].count, group: sets[$0].group)
    }
    let groups = OODGroup.allCases.map { group in
      (title: group.title, sets: sets.indices.filter { sets[$0].group == group })
    }.filter { !$0.sets.isEmpty }
    self.methods = methods.indices.map { method in
      MethodRow(
        name: methods[method].name,
        ood: sets.indices.map {
          comparison.cell(sets[$0].name, metrics[method][$0], method: method, column: .set($0))
        },
        groups: groups.map { group in
          let ofGroup = group.sets.map { metrics[method][$0] }
          return comparison.cell(
            group.title, DetectionMetrics(meanOf: ofGroup), method: method, column: .meanOf(group.sets))
        },
        mean: comparison.cell(
          "mean", DetectionMetrics(meanOf: metrics[method]), method: method, column: .mean)
      )
    }
    let rows = self.methods
    gains = rows.indices.compactMap { method in
      guard let base = MethodGain.base(of: rows[method].name),
        let other = rows.firstIndex(where: { $0.name == base })
      else { return nil }
      return MethodGain(rows, method: method, over: other, bootstrap: bootstrap)
    }
  }

  /// An OOD set of a table, before it is measured.
  public struct Column: Sendable, Equatable {
    public let name: String
    public let group: OODGroup?

    public init(_ name: String, group: OODGroup? = nil) { (self.name, self.group) = (name, group) }
  }
}

/// A column of the table.
public struct MethodTableSet: Codable, Sendable, Equatable {
  public let name: String
  public let images: Int
  public let group: OODGroup?
}

/// One method against every set.
public struct MethodRow: Codable, Sendable, Equatable {
  public let name: String
  /// In the order of the table's sets.
  public let ood: [MethodCell]
  /// The unweighted means over the near sets and over the far sets, if there are any.
  public let groups: [MethodCell]
  /// The unweighted means over all sets.
  public let mean: MethodCell

  /// The cells of the sets, of the groups, and of all sets together.
  package var cells: [MethodCell] { ood + groups + [mean] }
}

/// One method against one set, or the mean over several sets. All numbers are in [0, 1].
public struct MethodCell: Codable, Sendable, Equatable {
  /// The OOD set's name, `near-OOD`, `far-OOD`, or `mean`.
  public let name: String
  public let metrics: DetectionMetrics
  /// The 95 % bootstrap interval; nil if a set has only one image.
  public let aurocCI95: [Double]?
  public let fpr95CI95: [Double]?
  /// Whether AUROC is significantly larger than that of every other method.
  public let bestAUROC: Bool
  /// Whether FPR95 is significantly smaller than that of every other method.
  public let bestFPR95: Bool

  private enum CodingKeys: String, CodingKey {
    case name
    case aurocCI95 = "auroc_ci95"
    case fpr95CI95 = "fpr95_ci95"
    case bestAUROC = "best_auroc"
    case bestFPR95 = "best_fpr95"
  }
}

extension MethodCell {
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    name = try values.decode(String.self, forKey: .name)
    metrics = try DetectionMetrics(from: decoder)
    aurocCI95 = try values.decodeIfPresent([Double].self, forKey: .aurocCI95)
    fpr95CI95 = try values.decodeIfPresent([Double].self, forKey: .fpr95CI95)
    bestAUROC = try values.decode(Bool.self, forKey: .bestAUROC)
    bestFPR95 = try values.decode(Bool.self, forKey: .bestFPR95)
  }

  /// The metrics are encoded beside their intervals, without a key of their own.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    try metrics.encode(to: encoder)
    try values.encodeIfPresent(aurocCI95, forKey: .aurocCI95)
    try values.encodeIfPresent(fpr95CI95, forKey: .fpr95CI95)
    try values.encode(bestAUROC, forKey: .bestAUROC)
    try values.encode(bestFPR95, forKey: .bestFPR95)
  }
}

/// A bootstrap of several methods. It is read cell by cell.
struct MethodComparison {
  let bootstrap: PairedBootstrap
  let methods: Int

  func cell(
    _ name: String, _ metrics: DetectionMetrics, method: Int, column: PairedBootstrap.Column
  ) -> MethodCell {
    MethodCell(
      name: name, metrics: metrics,
      aurocCI95: bootstrap.interval(.auroc, method: method, column: column).ifFinite,
      fpr95CI95: bootstrap.interval(.fpr95, method: method, column: column).ifFinite,
      bestAUROC: beatsOthers(.auroc, method, column) { $0.lower > 0 },
      bestFPR95: beatsOthers(.fpr95, method, column) { $0.upper < 0 })
  }

  /// Whether the difference to every other method is better than zero; false if there is no other method.
  private func beatsOthers(
    _ metric: PairedBootstrap.Metric, _ method: Int, _ column: PairedBootstrap.Column,
    isBetter: (ConfidenceInterval) -> Bool
  ) -> Bool {
    methods > 1
      && (0..<methods).allSatisfy { other in
        other == method
          || isBetter(
            bootstrap.differenceInterval(metric, method: method, minus: other, column: column))
      }
  }
}
