import OddityModel

/// The scores of a fit, fitted, with their values on the images that they were not fitted to.
package struct FittedScores {
  let names: [ScoreName]
  package let scores: [FittedScore]
  /// Of each score, on the select part.
  let select: [[Float]]
  /// Of each kind and score, on the pseudo-OOD images of the select part.
  let pseudoOOD: [[[Float]]]
  private let aurocs: [[PairedAUROC?]]
  /// Of each score, on the calibration images.
  package let calibrate: [[Float]]

  /// Scores that were asked for and could not be fitted.
  let leftOut: [ScoreLeftOut]

  /// Fits scores that are in the plan, of `auto` what it chose. One that cannot be fitted is left out, unless it is the
  /// first, which is calibrated, or a parameter of it was set.
  ///
  /// - Parameter noBlock: why no block could be selected, where that is so.
  init(
    _ names: [ScoreName], by plan: ScorePlan, setup: FitSetup, observations: Observations, block: Block,
    noBlock: OddityError? = nil
  ) async throws {
    let data = try await FitData(setup, plan, observations, block: block)
    var leaves: [ScoreName: FittedScore] = [:]
    var fitted: [(name: ScoreName, score: FittedScore)] = []
    var leftOut = plan.leftOut
    for (position, name) in names.enumerated() {
      do {
        if let noBlock, name.needsBlock { throw noBlock }
        for leaf in name.leaves where leaves[leaf] == nil { leaves[leaf] = try plan.fit(leaf, to: data) }
        let components = name.leaves.compactMap { leaves[$0] }
        if components.count > 1 {
          let select = try await setup.scoreRunner(components).scores(observations.select)
          fitted.append((name, try .ensemble(of: components, select: select)))
        } else {
          fitted += components.map { (name, $0) }
        }
      } catch let error as OddityError
        where position > 0 && [.usage, .badData, .noBlocks].contains(error.code) && plan.mayLeaveOut(name)
      {
        leftOut.append(ScoreLeftOut(name, error))
      }
    }
    try await self.init(
      fitted.map(\.name), fitted.map(\.score), leftOut: leftOut, setup: setup, observations: observations)
  }

  /// Computes fitted scores of the rows that are not those of the fit part.
  private init(
    _ names: [ScoreName], _ scores: [FittedScore], leftOut: [ScoreLeftOut], setup: FitSetup,
    observations: Observations
  ) async throws {
    let runner = try setup.scoreRunner(scores)
    var pseudo: [[[Float]]] = []
    for file in observations.pseudoOOD { pseudo.append(try await runner.scores(file)) }
    (self.names, self.scores, self.leftOut) = (names, scores, leftOut)
    let select = try await runner.scores(observations.select)
    aurocs = try pseudo.map { try zip(select, $0).map { try PairedAUROC.ifDefined($0, $1) } }
    (self.select, pseudoOOD) = (select, pseudo)
    calibrate = try await runner.scores(observations.calibrate)
  }

  func position(of name: ScoreName) -> Int? { names.firstIndex(of: name) }

  /// AUROC of the select part against its own pseudo-OOD images; `nil` where there is no image or a score is NaN.
  func aurocPseudo(_ score: Int, kind: Int) -> PairedAUROC? { aurocs[kind][score] }
}

extension FittedScores {
  /// The candidates of `auto`, with those that could not be fitted.
  struct Candidates {
    let fitted: FittedScores
    let leftOut: [AutoReport.LeftOut]

    fileprivate init(
      _ plan: ScorePlan, setup: FitSetup, observations: Observations, block: Block
    ) async throws {
      let data = try await FitData(setup, plan, observations, block: block)
      var names: [ScoreName] = []
      var scores: [FittedScore] = []
      var leftOut: [AutoReport.LeftOut] = []
      for name in plan.candidates {
        do {
          scores.append(try plan.fit(name, to: data))
          names.append(name)
        } catch let error as OddityError where [.usage, .badData].contains(error.code) {
          leftOut.append(AutoReport.LeftOut(name, error))
        }
      }
      fitted = try await FittedScores(names, scores, leftOut: [], setup: setup, observations: observations)
      self.leftOut = leftOut
    }
  }

  static func candidates(
    of plan: ScorePlan, setup: FitSetup, observations: Observations, block: Block
  ) async throws -> Candidates {
    try await Candidates(plan, setup: setup, observations: observations, block: block)
  }
}

extension FitData {
  fileprivate init(
    _ setup: FitSetup, _ plan: ScorePlan, _ observations: Observations, block: Block
  ) async throws {
    let head = plan.needsHead ? try await LinearHead(of: setup.classifier, engine: setup.engine) : nil
    let layout = setup.probe.layout
    let classes = setup.classifier.classes
    let statistics = observations.statistics
    self.init(
      classes: classes, form: setup.form, head: head, block: block,
      sample: FeatureTable(statistics.rows, layout: layout, classes: classes, block: block),
      select: FeatureTable(observations.heldOut.rows, layout: layout, classes: classes, block: block),
      temperature: FeatureTable(
        observations.temperatureSample.rows, layout: layout, classes: classes, block: block),
      statistics: statistics.sums, fitCount: statistics.count, std: setup.preprocessing.std,
      smallestFeature: statistics.smallestFeature, seed: setup.options.seed)
  }
}
