import Foundation

/// What follows from the observations: the selection, the fitted scores, the calibration, the report.
struct FitSummary {
  /// The selected block's position among the candidates.
  let selected: Int
  /// Those that were asked for, in their order and of `auto` what it chose; then what they are compared with.
  let scores: FittedScores
  let calibration: DetectorCalibration
  /// What it was made of.
  let sample: CalibrationSample
  private let fitClassCounts: [Int]
  private let inputs: FittedInputs?
  let report: FitReport
  /// Positions of the scores that were asked for, each score once.
  let wanted: [Int]
  private let measures: [KindMeasures]
  private let run: FitRun

  init(_ run: FitRun, _ observations: Observations) async throws {
    let measures = try run.options.pseudoOOD.indices.map { try KindMeasures(run, observations, kind: $0) }
    let byNormRatio = try run.select(measures[0].ratios)
    let refusal = byNormRatio.refusal
    let auto =
      run.options.scores.contains(.auto)
      ? try await AutoFit(run, observations, measures: measures, selected: byNormRatio.position).choose()
      : nil
    let selected = auto?.chosen.block ?? byNormRatio.position
    // What `auto` chose may be among those that were named.
    let names = run.plan.names.map { $0 == .auto ? auto?.chosen.name ?? $0 : $0 }.reduce(into: []) {
      (names: inout [ScoreName], name) in
      if !names.contains(name) { names.append(name) }
    }
    let scores = try await FittedScores(
      names, by: run.plan, run: run, observations: observations, block: run.candidates[selected],
      noBlock: refusal)
    (self.run, self.selected, self.measures, self.scores) = (run, selected, measures, scores)
    let asked = Set(run.options.scores.map { $0 == .auto ? auto?.chosen.name ?? $0 : $0 })
    wanted = scores.names.indices.filter { asked.contains(scores.names[$0]) }
    sample = try CalibrationSample(
      scores: scores.calibrate[0], classes: observations.predictedClasses(.calibrate))
    (fitClassCounts, inputs) = (observations.fitClassCounts, observations.inputs)
    calibration = try DetectorCalibration(
      sample, alpha: run.options.alpha, confidence: run.options.confidence,
      fitCounts: run.options.calibrationScope == .byClass ? fitClassCounts : nil)
    report = Self.report(
      run, observations, measures: measures, selected: selected, scores: scores, wanted: wanted,
      calibration: calibration, auto: auto?.report, noBlock: refusal)
  }

  private static func report(
    _ run: FitRun, _ observations: Observations, measures: [KindMeasures], selected: Int,
    scores: FittedScores,
    wanted: [Int], calibration: DetectorCalibration, auto: AutoReport?, noBlock: OddityError?
  ) -> FitReport {
    let deciding = measures[0]
    let stability = SelectionStability(norms: deciding.norms, selected: selected, seed: run.options.seed)
    func scoreReports(kind: Int) -> [ScoreReport] {
      wanted.map { ScoreReport(scores.names[$0], auroc: scores.aurocPseudo($0, kind: kind)) }
    }
    let agreements = [false, true].map { observations.agreement(ofCalibration: $0) }
    var report = FitReport(
      selected: SelectedBlock(run.candidates[selected]), blocks: deciding.blockReports(),
      scores: scoreReports(kind: 0), auto: auto,
      pseudoOOD: measures.enumerated().map { $1.report(scoreReports(kind: $0)) },
      selectionStability: stability.share,
      runnerUp: stability.runnerUp.map { SelectedBlock(run.candidates[$0]) },
      parts: observations.counts, alpha: run.options.alpha.value,
      threshold: Double(calibration.pooled.threshold),
      falseAlarmInterval: calibration.falseAlarmInterval.ifFinite ?? [0, 1],
      calibrationScope: calibration.scope, calibrationGroups: calibration.groupReports,
      images: observations.count, calibrationImages: calibration.pooled.scores.count,
      idAccuracy: agreements[0]?.accuracy, idAccuracyImages: agreements[0]?.images ?? 0,
      calibrationAccuracy: agreements[1]?.accuracy, calibrationAccuracyImages: agreements[1]?.images ?? 0,
      leftOut: scores.leftOut, warning: nil, warnings: [],
      assumesSoftmax: run.options.head == nil && run.classifier.assumesSoftmax)
    let found = FitFindings(
      run: run, observations: observations, deciding: deciding, selected: selected, scores: scores,
      wanted: wanted, calibration: calibration, agreements: agreements, noBlock: noBlock)
    for warning in run.options.warnings + observations.truthProblems + found.warnings(report.scores) {
      report.add(warning)
    }
    return report
  }

  /// What the guarded model computes.
  private var guardedScores: [any FittedScore] { wanted.map { scores.scores[$0] } }

  /// What these see of the classifier.
  private var guardedTaps: Set<Tap> {
    let names = wanted.map { scores.names[$0] }
    let norm =
      names.flatMap(\.leaves).contains(where: \.usesSelectedNorm)
      ? [Tap.featureNorm(run.candidates[selected])] : []
    return run.plan.taps(of: names).union(norm)
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
      run.classifier, scores: guardedScores, names: metadata.scores, taps: guardedTaps, form: run.form,
      calibration: calibration, std: run.preprocessing.pixelScale)
    let unverified = try GuardedModel(graph, metadata: metadata, sample: sample, verification: nil)
    let verification = try await Verification(
      unverified, calibrate: wanted.map { scores.calibrate[$0] }, engine: run.engine, options: run.options.run
    )
    return try GuardedModel(graph, metadata: metadata, sample: sample, verification: verification)
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
    let options = run.options
    let answers = AnswerOutputs(of: run.classifier, head: run.head)
    var metadata = GuardMetadata(
      oddityVersion: oddityVersion, score: scores.names[0].description,
      scores: wanted.map { scores.names[$0].description },
      state: wanted.map { ScoreState(name: scores.names[$0].description, values: scores.scores[$0].state) },
      block: report.selected, blocks: report.blocks, preprocessing: run.preprocessing,
      fittedOn: inputs, labels: options.labels, input: run.classifier.image.name,
      logits: run.classifier.head.logits, logitsOutput: answers.logits,
      probabilitiesOutput: answers.probabilities,
      classes: run.classifier.classes,
      head: run.head, alpha: options.alpha.description, confidence: options.confidence,
      calibrationSize: 0, calibrationRank: 0, threshold: 0, falseAlarmInterval: [],
      fitClassCounts: fitClassCounts,
      pseudoOOD: options.pseudoOOD.map(\.name).joined(separator: ","),
      seed: options.seed, parts: report.parts, sourceSHA256: sourceSHA256)
    metadata.take(calibration, from: .images)
    return metadata
  }
}
