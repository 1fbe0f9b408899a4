import Foundation
import OddityModel

/// Everything computed from the observations: the selection, the fitted scores, the calibration and the
/// report.
package struct FitSummary {
  let setup: FitSetup
  let observations: Observations
  /// The results for each kind of pseudo-OOD images. The first kind selects the block.
  let measures: [KindMeasures]
  /// The selected block's position among the candidates.
  package let selected: Int
  /// Why no block could be selected, if the fitted scores need none.
  let noBlock: OddityError?
  /// Why `auto` chose its score; nil if it was not requested.
  let auto: AutoReport?
  /// The fusions among the scores.
  private let fusions: [ScoreName: FittedFusion]
  /// The requested scores in their order, with the choice of `auto` in its place, and then the scores that
  /// they are compared with.
  package let scores: FittedScores
  /// The positions of the requested scores, each score once.
  let wanted: [Int]
  let calibration: DetectorCalibration
  /// The scores that the calibration was computed from.
  private let sample: CalibrationSample
  /// Properties that make scores weak; nil if nothing is known about the select part.
  let traits: NetworkTraits?
  /// The agreement of predictions and truth, for the ID images and for the calibration images.
  let agreements: [Agreement?]

  package init(_ setup: FitSetup, _ observations: Observations) async throws {
    let measures = try setup.options.pseudoOOD.indices.map { try KindMeasures(setup, observations, kind: $0) }
    let ratios = measures[0].ratios
    let byNormRatio = try setup.select(ratios)
    let choice = try await ScoreChoice(
      setup, observations, eligible: ratios.indices.filter { ratios[$0].isEligible },
      selected: byNormRatio.position,
      noBlock: byNormRatio.refusal)
    let (names, selected) = (choice.names, byNormRatio.position)
    // The first score is calibrated.
    let scores = try await FittedScores(
      names, setup, observations, block: setup.candidates[selected],
      fusions: choice.fusions, noBlock: byNormRatio.refusal, leftOut: choice.leftOut,
      mayLeaveOut: { $0 != names.first && setup.plan.mayLeaveOut($0) })
    (self.setup, self.observations, self.measures) = (setup, observations, measures)
    (self.selected, noBlock) = (selected, byNormRatio.refusal)
    (auto, self.scores) = (choice.auto, scores)
    let asked = Set(setup.options.scores.map { $0 == .auto ? names[0] : $0 })
    let wanted = scores.names.indices.filter { asked.contains(scores.names[$0]) }
    self.wanted = wanted
    fusions = choice.fusions
    traits = NetworkTraits(
      FeatureTable(
        observations.heldOut.rows, layout: setup.probe.layout.sampled, classes: setup.classifier.classes,
        block: setup.candidates[selected]), form: setup.form)
    sample = try CalibrationSample(
      scores: scores.calibrate[0], classes: observations.predictedClasses(.calibrate))
    calibration = try DetectorCalibration(
      sample, alpha: setup.options.alpha, confidence: setup.options.confidence,
      fitCounts: setup.options.calibrationScope == .byClass ? observations.fitClassCounts : nil)
    agreements = [false, true].map { observations.agreement(ofCalibration: $0) }
  }

  /// The position of a requested score in ``scores``. For `auto` it is the score that it chose, which may
  /// also be requested by name. nil if the score was left out.
  package func position(of asked: ScoreName) -> Int? {
    asked == .auto ? 0 : scores.position(of: asked)
  }

  /// The report, including the stability of the selection, which takes a bootstrap.
  package func report() -> FitReport {
    let stability = SelectionStability(
      norms: measures[0].norms, selected: selected, seed: setup.options.seed)
    func scoreReports(kind: Int) -> [ScoreReport] {
      wanted.map { position in
        ScoreReport(
          scores.names[position], auroc: scores.aurocPseudo(position, kind: kind),
          aurocOfFusion: fusions[scores.names[position]]?.report.auroc(ofKind: measures[kind].kind.name))
      }
    }
    var report = FitReport(
      selected: SelectedBlock(setup.candidates[selected]), blocks: measures[0].blockReports(),
      scores: scoreReports(kind: 0), auto: auto, fusions: fusionReports, traits: traits,
      pseudoOOD: measures.enumerated().map { $1.report(scoreReports(kind: $0)) },
      selectionStability: stability.share,
      runnerUp: stability.runnerUp.map { SelectedBlock(setup.candidates[$0]) },
      parts: observations.counts, alpha: setup.options.alpha.value,
      threshold: Double(calibration.pooled.threshold),
      falseAlarmInterval: calibration.falseAlarmInterval.ifFinite ?? [0, 1],
      calibrationScope: calibration.scope, calibrationGroups: calibration.groupReports,
      images: observations.count, calibrationImages: calibration.pooled.scores.count,
      idAccuracy: agreements[0]?.accuracy, idAccuracyImages: agreements[0]?.images ?? 0,
      calibrationAccuracy: agreements[1]?.accuracy, calibrationAccuracyImages: agreements[1]?.images ?? 0,
      leftOut: scores.leftOut, warning: nil, warnings: [],
      assumesSoftmax: setup.options.head == nil && setup.classifier.assumesSoftmax)
    for warning in setup.options.warnings + observations.truthProblems + warnings(report.scores) {
      report.add(warning)
    }
    return report
  }

  /// The scores that the guarded model computes.
  private var guardedScores: [FittedScore] { wanted.map { scores.scores[$0] } }

  /// The tensors of the classifier that these scores read.
  private var guardedTaps: Set<Tap> {
    wanted.map { scores.names[$0] }.reduce(into: []) { taps, name in
      taps.formUnion(fusions[name]?.taps ?? setup.taps(of: name.leaves, composedWith: selected))
    }
  }

  /// The columns of the fusions, in the order of the scores.
  var fusionReports: [FusionReport] { wanted.compactMap { fusions[scores.names[$0]]?.report } }

  func measurements(of data: InDistributionData) -> FitMeasurements {
    let kinds = measures.enumerated().map { position, measures in
      FitMeasurements.Kind(
        name: measures.kind.name, norms: measures.norms,
        scores: wanted.map {
          FitMeasurements.PairedScores(
            inDistribution: scores.select[$0], pseudoOOD: scores.pseudoOOD[position][$0])
        })
    }
    return FitMeasurements(
      sources: data.selections.map(\.source),
      images: images(.select, scores.select[0]) + images(.calibrate, scores.calibrate[0]), kinds: kinds,
      calibration: calibration)
  }

  /// The requested map of positions.
  func map(of data: InDistributionData) async throws -> FittedMap? {
    try await FittedMap(setup, data, score: scores.names[wanted[0]], selected: setup.candidates[selected])
  }

  /// The guarded model, with the inputs and scores to verify copies with.
  func guarded(sourceSHA256: String, map: FittedMap? = nil) async throws -> GuardedModel {
    let accuracy = try await FittedAccuracy(setup, observations)
    var metadata = metadata(sourceSHA256: sourceSHA256)
    metadata.confidenceTemperature = accuracy?.temperature
    metadata.map = map?.report
    let graph = try GuardedGraph(
      setup.classifier, scores: guardedScores, names: metadata.scores, taps: guardedTaps, form: setup.form,
      calibration: calibration, std: setup.preprocessing.pixelScale, map: map?.map)
    let unverified = try GuardedModel(graph, metadata: metadata, sample: sample, verification: nil)
    let verification = try await Verification(
      unverified, calibrate: wanted.map { scores.calibrate[$0] }, engine: setup.engine,
      options: setup.options.run
    )
    let guarded = try GuardedModel(
      graph, metadata: metadata, sample: sample, verification: verification.json(), signatures: signatures,
      accuracy: accuracy?.learned, map: map?.stored)
    guard setup.options.rawInput else { return guarded }
    return try await guarded.takingRawInput(engine: setup.engine, options: setup.options.run)
  }

  /// The signatures for a diagnosis of the guarded model; nil if there are too few calibration images.
  private var signatures: StoredSignatures? {
    StoredSignatures(
      observations.signatures, setup.signatureReplays(observations.inputs),
      isHeldOut: observations.hasCalibrationSource)
  }

  private func images(_ part: Part, _ scores: [Float]) -> [FitMeasurements.Image] {
    let classes = observations.predictedClasses(part)
    return zip(observations.places(part), zip(scores, classes)).map { place, image in
      let calibration = calibration.calibration(ofClass: image.1)
      return FitMeasurements.Image(
        source: place.selection, position: place.position, part: part, score: image.0,
        pValue: calibration.pValue(image.0), isOutlier: calibration.isOutlier(image.0))
    }
  }

  private func metadata(sourceSHA256: String) -> GuardMetadata {
    let options = setup.options
    return GuardMetadata(
      of: setup.classifier, head: setup.head, scores: wanted.map { scores.names[$0] },
      state: wanted.map { ScoreState(scores.names[$0].description, scores.scores[$0].state) },
      fusions: fusionReports, auto: auto, block: SelectedBlock(setup.candidates[selected]),
      blocks: measures[0].blockReports(), preprocessing: setup.preprocessing, fittedOn: observations.inputs,
      labels: options.labels,
      calibration: calibration, confidence: options.confidence, fitClassCounts: observations.fitClassCounts,
      pseudoOOD: options.pseudoOOD.map(\.name).joined(separator: ","), seed: options.seed,
      parts: observations.counts, sourceSHA256: sourceSHA256)
  }
}

extension FitSetup {
  /// The position of the block to use. If no block can be selected, and the scores need none, it is the last
  /// one, together with the reason.
  ///
  /// - Throws: ``OddityError`` `.noBlocks` if no block can be selected but an indispensable score needs one.
  fileprivate func select(_ ratios: [NormRatio]) throws(OddityError) -> (position: Int, refusal: OddityError?)
  {
    if let namedCandidate { return (namedCandidate, nil) }
    do {
      return (try BlockSelection.selectedBlock(ratios), nil)
    } catch {
      guard plan.names.allSatisfy({ !$0.needsBlock || plan.mayLeaveOut($0) }) else { throw error }
      return (candidates.count - 1, error)
    }
  }
}
