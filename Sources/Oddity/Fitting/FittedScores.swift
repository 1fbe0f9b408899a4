/// The scores of a fit, fitted, with their values on the images that they were not fitted to.
struct FittedScores {
  let names: [ScoreName]
  let scores: [any FittedScore]
  let head: LinearHead?
  /// Of each score, on the select part.
  let select: [[Float]]
  /// Of each kind and score, on the pseudo-OOD images of the select part.
  let pseudoOOD: [[[Float]]]
  /// Of each score, on the calibration images.
  let calibrate: [[Float]]

  /// Fits everything that the plan names.
  init(_ plan: ScorePlan, run: FitRun, observations: Observations, block: Block) async throws {
    let classifier = run.classifier
    head = plan.needsHead ? try await LinearHead(of: classifier, engine: run.engine) : nil
    let data = FitData(run, observations, head: head, block: block)
    var fitted: [ScoreName: any FittedScore] = [:]
    for name in plan.leaves { fitted[name] = try plan.fit(name, to: data) }
    let leaves = plan.leaves.compactMap { fitted[$0] }
    if plan.hasEnsembles {
      let select = try await run.scoreRunner(leaves, head: head).scores(observations.select)
      let columns = Dictionary(uniqueKeysWithValues: zip(plan.leaves, select))
      for name in plan.names where name.leaves.count > 1 {
        fitted[name] = try Ensemble(
          name.leaves.compactMap { fitted[$0] }, select: name.leaves.compactMap { columns[$0] })
      }
    }
    let scores = plan.names.compactMap { fitted[$0] }
    names = plan.names
    self.scores = scores
    let runner = try run.scoreRunner(scores, head: head)
    select = try await runner.scores(observations.select)
    var pseudo: [[[Float]]] = []
    for file in observations.pseudoOOD { pseudo.append(try await runner.scores(file)) }
    pseudoOOD = pseudo
    calibrate = try await runner.scores(observations.calibrate)
  }

  func position(of name: ScoreName) -> Int? { names.firstIndex(of: name) }

  /// AUROC of the select part against its own pseudo-OOD images; `nil` where there is no image or a score is NaN.
  func aurocPseudo(_ score: Int, kind: Int) -> PairedAUROC? {
    try? PairedAUROC(inDistribution: select[score], pseudoOOD: pseudoOOD[kind][score])
  }
}

extension FitData {
  fileprivate init(_ run: FitRun, _ observations: Observations, head: LinearHead?, block: Block) {
    let layout = run.probe.layout
    let classes = run.classifier.classes
    self.init(
      classes: classes, head: head, block: block,
      sample: FeatureTable(observations.statistics.rows, layout: layout, classes: classes, block: block),
      select: FeatureTable(observations.heldOut.rows, layout: layout, classes: classes, block: block),
      statistics: observations.statistics.sums, fitCount: observations.statistics.count,
      std: run.preprocessing.std, smallestFeature: observations.statistics.smallestFeature,
      seed: run.options.seed)
  }
}
