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
  ///   - fusions: those among them, which are fitted already.
  ///   - noBlock: why no block could be selected, where that is so.
  ///   - leftOut: what was left out before.
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
    // Of the rows that are not those of the fit part.
    let runner = try setup.scoreRunner(scores)
    var pseudo: [[[Float]]] = []
    for file in observations.pseudoOOD { pseudo.append(try await runner.scores(file)) }
    let select = try await runner.scores(observations.select)
    // A fusion is not judged on the images that it was learnt from.
    aurocs = try pseudo.map { scores in
      try fitted.indices.map { position in
        fitted[position].name.isFusion ? nil : try PairedAUROC.ifDefined(select[position], scores[position])
      }
    }
    (self.select, pseudoOOD) = (select, pseudo)
    calibrate = try await runner.scores(observations.calibrate)
  }

  func position(of name: ScoreName) -> Int? { names.firstIndex(of: name) }

  /// AUROC of the select part against its own pseudo-OOD images; `nil` of a fusion, and where there is no image or a score is NaN.
  func aurocPseudo(_ score: Int, kind: Int) -> PairedAUROC? { aurocs[kind][score] }
}

/// A fusion as a score, with what it sees of the classifier.
struct FittedFusion {
  let score: FittedScore
  let taps: Set<Tap>
  let report: FusionReport
}
