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

  /// Fits scores that are in the plan, of `auto` what it chose. One that cannot be fitted is left out, where it may be.
  ///
  /// - Parameters:
  ///   - noBlock: why no block could be selected, where that is so.
  ///   - leftOut: what was left out before.
  init(
    _ names: [ScoreName], _ setup: FitSetup, _ observations: Observations, block: Block,
    noBlock: OddityError? = nil, leftOut leftOutBefore: [ScoreLeftOut] = [],
    mayLeaveOut: (ScoreName) -> Bool = { _ in true }
  ) async throws {
    let data = try await FitData.of(setup, observations, block: block)
    var leaves: [ScoreName: FittedScore] = [:]
    var fitted: [(name: ScoreName, score: FittedScore)] = []
    var leftOut = leftOutBefore
    for name in names {
      do {
        if let noBlock, name.needsBlock { throw noBlock }
        for leaf in name.leaves where leaves[leaf] == nil {
          leaves[leaf] = try setup.plan.fit(leaf, to: data)
        }
        let components = name.leaves.compactMap { leaves[$0] }
        if components.count > 1 {
          let select = try await setup.scoreRunner(components).scores(observations.select)
          fitted.append((name, try .ensemble(of: components, select: select)))
        } else {
          fitted += components.map { (name, $0) }
        }
      } catch let error as OddityError
        where [.usage, .badData, .noBlocks].contains(error.code) && mayLeaveOut(name)
      {
        leftOut.append(ScoreLeftOut(name, error))
      }
    }
    (self.names, scores, self.leftOut) = (fitted.map(\.name), fitted.map(\.score), leftOut)
    // Of the rows that are not those of the fit part.
    let runner = try setup.scoreRunner(scores)
    var pseudo: [[[Float]]] = []
    for file in observations.pseudoOOD { pseudo.append(try await runner.scores(file)) }
    let select = try await runner.scores(observations.select)
    aurocs = try pseudo.map { try zip(select, $0).map { try PairedAUROC.ifDefined($0, $1) } }
    (self.select, pseudoOOD) = (select, pseudo)
    calibrate = try await runner.scores(observations.calibrate)
  }

  func position(of name: ScoreName) -> Int? { names.firstIndex(of: name) }

  /// AUROC of the select part against its own pseudo-OOD images; `nil` where there is no image or a score is NaN.
  func aurocPseudo(_ score: Int, kind: Int) -> PairedAUROC? { aurocs[kind][score] }
}

extension FitData {
  /// The data of a score with given parameters.
  fileprivate static func of(
    _ setup: FitSetup, _ observations: Observations, block: Block
  ) async throws -> (ScoreParameters) -> FitData {
    let head = setup.plan.needsHead ? try await LinearHead(of: setup.classifier, engine: setup.engine) : nil
    let (layout, wide) = (setup.probe.layout.sampled, setup.probe.layout.wide)
    let classes = setup.classifier.classes
    let statistics = observations.statistics
    let sample = FeatureTable(statistics.rows, layout: layout, classes: classes, block: block)
    let select = FeatureTable(observations.heldOut.rows, layout: layout, classes: classes, block: block)
    let wideSelect = FeatureTable(observations.wideHeldOut.rows, layout: wide, classes: classes, block: block)
    let temperature = FeatureTable(
      observations.temperatureRows, layout: layout, classes: classes, block: block)
    return {
      FitData(
        classes: classes, form: setup.form, head: head, block: block, sample: sample, select: select,
        wideSelect: wideSelect, temperature: temperature, statistics: statistics.sums,
        fitCount: statistics.count,
        std: setup.preprocessing.std, smallestFeature: statistics.smallestFeature, seed: setup.options.seed,
        parameters: $0)
    }
  }
}
