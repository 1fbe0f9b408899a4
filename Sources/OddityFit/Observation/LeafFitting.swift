import OddityModel

/// Fits plain and composed scores to the observations, each once.
struct LeafFitting {
  private let setup: FitSetup
  private let data: FitData
  private var fitted: [ScoreName: FittedScore] = [:]

  /// - Parameters:
  ///   - block: the block whose norm scores are composed with.
  ///   - bySampleAlone: whether sums use only the bounded sample of the fit part, in the order of its keys,
  ///     instead of all images. Any division of the images into shards then gives bitwise equal numbers.
  init(
    _ setup: FitSetup, _ observations: Observations, block: Block, bySampleAlone: Bool = false
  ) async throws {
    self.setup = setup
    let statistics = bySampleAlone ? try observations.sampleStatistics(setup) : observations.statistics
    data = try await FitData.of(setup, observations, statistics, block: block)
  }

  /// - Throws: as ``ScorePlan/fit(_:to:)``.
  mutating func fit(_ name: ScoreName) throws -> FittedScore {
    if let known = fitted[name] { return known }
    let score =
      if case .norm(let index) = name.form {
        FittedScore.featureNorm(of: setup.classifier.blocks[index])
      } else {
        try setup.plan.fit(name, to: data.withParameters)
      }
    fitted[name] = score
    return score
  }
}

extension FitData {
  /// The data of all scores, without parameters.
  fileprivate static func of(
    _ setup: FitSetup, _ observations: Observations, _ statistics: FitStatistics, block: Block
  ) async throws -> FitData {
    let head = setup.plan.needsHead ? try await LinearHead(of: setup.classifier, engine: setup.engine) : nil
    let (layout, wide) = (setup.probe.layout.sampled, setup.probe.layout.wide)
    let classes = setup.classifier.classes
    let sample = FeatureTable(observations.statistics.rows, layout: layout, classes: classes, block: block)
    let select = FeatureTable(observations.heldOut.rows, layout: layout, classes: classes, block: block)
    let wideSelect = FeatureTable(observations.wideHeldOut.rows, layout: wide, classes: classes, block: block)
    let temperature = FeatureTable(
      observations.temperatureRows, layout: layout, classes: classes, block: block)
    return FitData(
      classes: classes, form: setup.form, head: head, block: block, sample: sample, select: select,
      wideSelect: wideSelect, temperature: temperature, statistics: statistics.sums,
      fitCount: statistics.count,
      std: setup.preprocessing.std, smallestFeature: statistics.smallestFeature, seed: setup.options.seed,
      parameters: ScoreParameters(set: [:], seed: setup.options.seed))
  }
}

extension Observations {
  /// Sums over only the sample of the fit part.
  fileprivate func sampleStatistics(_ setup: FitSetup) throws(OddityError) -> FitStatistics {
    let layout = setup.probe.layout.sampled
    var sums = try FitStatistics(layout, wanted: setup.plan.statistics, sampleSize: 0)
    let logits = layout.range(of: .logits) ?? 0..<0
    for row in statistics.rows {
      sums.append(row, predicted: Prediction(logits: row.values[logits]).classIndex)
    }
    return sums
  }
}

extension OddityError {
  /// Whether the error means that only this score is unavailable, so that others may be fitted without it.
  var concernsOneScore: Bool { [.usage, .badData, .noBlocks].contains(code) }
}
