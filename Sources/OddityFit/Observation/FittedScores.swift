import OddityModel

/// The fitted scores, with their values on the images that they were not fitted to.
package struct FittedScores {
  let names: [ScoreName]
  package let scores: [FittedScore]
  /// The values of each score on the select part.
  let select: [[Float]]
  /// For each kind and score, the values on pseudo-OOD images made from the select part.
  let pseudoOOD: [[[Float]]]
  private let aurocs: [[PairedAUROC?]]
  /// The values of each score on the calibration images.
  package let calibrate: [[Float]]

  /// The requested scores that could not be fitted.
  let leftOut: [ScoreLeftOut]

  /// Fits the scores of the plan, with the choice of `auto` in its place. A score that cannot be fitted is
  /// left out, if it is dispensable.
  ///
  /// - Parameters:
  ///   - fusions: the fusions among them, which are already fitted.
  ///   - noBlock: why no block could be selected, if so.
  ///   - leftOut: the scores that were left out before.
  init(
    _ names: [ScoreName], _ setup: FitSetup, _ observations: Observations, block: Block,
    fusions: [ScoreName: FittedFusion] = [:], noBlock: OddityError? = nil,
    leftOut leftOutBefore: [ScoreLeftOut] = [],
    mayLeaveOut: (ScoreName) -> Bool = { _ in true }
  ) async throws {
    var fitting = try await LeafFitting(setup, observations, block: block)
    var fitted: [(name: ScoreName, score: FittedScore)] = []
    var leftOut = leftOutBefore
    for name in names {
      if let fusion = fusions[name] {
        fitted.append((name, fusion.score))
        continue
      }
      do {
        if let noBlock, name.needsBlock { throw noBlock }
        var components: [FittedScore] = []
        for leaf in name.leaves { components.append(try fitting.fit(leaf)) }
        let score =
          if components.count > 1 {
            try FittedScore.ensemble(
              of: components, select: try await setup.scoreRunner(components).scores(observations.select))
          } else {
            components[0]
          }
        fitted.append((name, score))
      } catch let error as OddityError where error.concernsOneScore && mayLeaveOut(name) {
        leftOut.append(ScoreLeftOut(name, error))
      }
    }
    (self.names, scores, self.leftOut) = (fitted.map(\.name), fitted.map(\.score), leftOut)
    // On the rows that do not belong to the fit part.
    let runner = try setup.scoreRunner(scores)
    var pseudo: [[[Float]]] = []
    for file in observations.pseudoOOD { pseudo.append(try await runner.scores(file)) }
    let select = try await runner.scores(observations.select)
    // A fusion must not be evaluated on the images that it was learnt from.
    aurocs = try pseudo.map { scores in
      try fitted.indices.map { position in
        fitted[position].name.isFusion ? nil : try PairedAUROC.ifDefined(select[position], scores[position])
      }
    }
    (self.select, pseudoOOD) = (select, pseudo)
    calibrate = try await runner.scores(observations.calibrate)
  }

  func position(of name: ScoreName) -> Int? { names.firstIndex(of: name) }

  /// AUROC of the select part against pseudo-OOD images made from it; `nil` for a fusion, and if there is no
  /// image or a score is NaN.
  func aurocPseudo(_ score: Int, kind: Int) -> PairedAUROC? { aurocs[kind][score] }
}

/// A fusion as a score, with the tensors of the classifier that it reads.
struct FittedFusion {
  let score: FittedScore
  let taps: Set<Tap>
  let report: FusionReport
}
