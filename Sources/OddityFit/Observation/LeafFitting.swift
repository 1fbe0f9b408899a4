import OddityModel

/// Fits plain and composed scores to what was observed, each once.
struct LeafFitting {
  private let setup: FitSetup
  private let data: (ScoreParameters) -> FitData
  private var fitted: [ScoreName: FittedScore] = [:]

  /// - Parameter block: the one whose norm scores are composed with.
  init(_ setup: FitSetup, _ observations: Observations, block: Block) async throws {
    self.setup = setup
    data = try await FitData.of(setup, observations, block: block)
  }

  /// - Throws: as ``ScorePlan/fit(_:to:)``.
  mutating func fit(_ name: ScoreName) throws -> FittedScore {
    if let known = fitted[name] { return known }
    let score =
      if case .norm(let index) = name.form {
        FittedScore.featureNorm(of: setup.classifier.blocks[index])
      } else {
        try setup.plan.fit(name, to: data)
      }
    fitted[name] = score
    return score
  }
}

extension FitData {
  /// The data of a score with given parameters.
  fileprivate static func of(
    _ setup: FitSetup, _ observations: Observations, block: Block
  ) async throws -> (ScoreParameters) -> FitData {
    let head = setup.plan.needsHead ? try await LinearHead(of: setup.classifier, engine: setup.engine) : nil
    let layout = setup.probe.layout
    let classes = setup.classifier.classes
    let statistics = observations.statistics
    let sample = FeatureTable(statistics.rows, layout: layout, classes: classes, block: block)
    let select = FeatureTable(observations.heldOut.rows, layout: layout, classes: classes, block: block)
    let temperature = FeatureTable(
      observations.temperatureRows, layout: layout, classes: classes, block: block)
    return {
      FitData(
        classes: classes, form: setup.form, head: head, block: block, sample: sample, select: select,
        temperature: temperature, statistics: statistics.sums, fitCount: statistics.count,
        std: setup.preprocessing.std, smallestFeature: statistics.smallestFeature, seed: setup.options.seed,
        parameters: $0)
    }
  }
}
