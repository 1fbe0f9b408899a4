import Foundation
import OddityModel

/// What follows from the observations: the selection, the fitted scores, the calibration, the report.
package struct FitSummary {
  /// The selected block's position among the candidates.
  package let selected: Int
  /// Those that were asked for, in their order and of `auto` what it chose; then what they are compared with.
  package let scores: FittedScores
  let calibration: DetectorCalibration
  /// What it was made of.
  let sample: CalibrationSample
  private let fitClassCounts: [Int]
  private let inputs: FittedInputs?
  package let report: FitReport
  /// Positions of the scores that were asked for, each score once.
  let wanted: [Int]
  private let measures: [KindMeasures]
  private let setup: FitSetup

  package init(_ setup: FitSetup, _ observations: Observations) async throws {
    let measures = try setup.options.pseudoOOD.indices.map { try KindMeasures(setup, observations, kind: $0) }
    let byNormRatio = try setup.select(measures[0].ratios)
    let refusal = byNormRatio.refusal
    let auto =
      setup.options.scores.contains(.auto)
      ? try await AutoFit(setup, observations, measures: measures, selected: byNormRatio.position).choose()
      : nil
    let selected = auto?.chosen.block ?? byNormRatio.position
    // What `auto` chose may be among those that were named.
    let names = setup.plan.names.map { $0 == .auto ? auto?.chosen.name ?? $0 : $0 }.reduce(into: []) {
      (names: inout [ScoreName], name) in
      if !names.contains(name) { names.append(name) }
    }
    let scores = try await FittedScores(
      names, by: setup.plan, setup: setup, observations: observations, block: setup.candidates[selected],
      noBlock: refusal)
    (self.setup, self.selected, self.measures, self.scores) = (setup, selected, measures, scores)
    let asked = Set(setup.options.scores.map { $0 == .auto ? auto?.chosen.name ?? $0 : $0 })
    wanted = scores.names.indices.filter { asked.contains(scores.names[$0]) }
    sample = try CalibrationSample(
      scores: scores.calibrate[0], classes: observations.predictedClasses(.calibrate))
    (fitClassCounts, inputs) = (observations.fitClassCounts, observations.inputs)
    calibration = try DetectorCalibration(
      sample, alpha: setup.options.alpha, confidence: setup.options.confidence,
      fitCounts: setup.options.calibrationScope == .byClass ? fitClassCounts : nil)
    report = Self.report(
      setup, observations, measures: measures, selected: selected, scores: scores, wanted: wanted,
      calibration: calibration, auto: auto?.report, noBlock: refusal)
  }

  private static func report(
    _ setup: FitSetup, _ observations: Observations, measures: [KindMeasures], selected: Int,
    scores: FittedScores,
    wanted: [Int], calibration: DetectorCalibration, auto: AutoReport?, noBlock: OddityError?
  ) -> FitReport {
    let deciding = measures[0]
    let stability = SelectionStability(norms: deciding.norms, selected: selected, seed: setup.options.seed)
    func scoreReports(kind: Int) -> [ScoreReport] {
      wanted.map { ScoreReport(scores.names[$0], auroc: scores.aurocPseudo($0, kind: kind)) }
    }
    let agreements = [false, true].map { observations.agreement(ofCalibration: $0) }
    var report = FitReport(
      selected: SelectedBlock(setup.candidates[selected]), blocks: deciding.blockReports(),
      scores: scoreReports(kind: 0), auto: auto,
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
    let found = FitFindings(
      setup: setup, observations: observations, deciding: deciding, selected: selected, scores: scores,
      wanted: wanted, calibration: calibration, agreements: agreements, noBlock: noBlock)
    for warning in setup.options.warnings + observations.truthProblems + found.warnings(report.scores) {
      report.add(warning)
    }
    return report
  }

  /// What the guarded model computes.
  private var guardedScores: [FittedScore] { wanted.map { scores.scores[$0] } }

  /// What these see of the classifier.
  private var guardedTaps: Set<Tap> {
    let names = wanted.map { scores.names[$0] }
    let norm =
      names.flatMap(\.leaves).contains(where: \.usesSelectedNorm)
      ? [Tap.featureNorm(setup.candidates[selected])] : []
    return setup.plan.taps(of: names).union(norm)
  }

  func measurements(of data: InDistributionData, _ observations: Observations) -> FitMeasurements {
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
      images: images(.select, scores.select[0], observations)
        + images(.calibrate, scores.calibrate[0], observations),
      kinds: kinds, calibration: calibration)
  }

  /// The guarded model, with what copies of it are verified with.
  func guarded(sourceSHA256: String) async throws -> GuardedModel {
    let metadata = metadata(sourceSHA256: sourceSHA256)
    let graph = try GuardedGraph(
      setup.classifier, scores: guardedScores, names: metadata.scores, taps: guardedTaps, form: setup.form,
      calibration: calibration, std: setup.preprocessing.pixelScale)
    let unverified = try GuardedModel(graph, metadata: metadata, sample: sample, verification: nil)
    let verification = try await Verification(
      unverified, calibrate: wanted.map { scores.calibrate[$0] }, engine: setup.engine,
      options: setup.options.run
    )
    return try GuardedModel(graph, metadata: metadata, sample: sample, verification: verification.json())
  }

  private func images(
    _ part: Part, _ scores: [Float], _ observations: Observations
  ) -> [FitMeasurements.Image] {
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
      block: report.selected, blocks: report.blocks, preprocessing: setup.preprocessing, fittedOn: inputs,
      labels: options.labels, calibration: calibration, confidence: options.confidence,
      fitClassCounts: fitClassCounts, pseudoOOD: options.pseudoOOD.map(\.name).joined(separator: ","),
      seed: options.seed, parts: report.parts, sourceSHA256: sourceSHA256)
  }
}
