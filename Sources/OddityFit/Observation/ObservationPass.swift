import Imaging
import OddityModel
import Engines

/// The pass over the images, and a second one over a few calibration images.
extension FitSetup {
  /// The probe graph, ready to run, and found to give each image its own values.
  ///
  /// - Throws: as ``SoundnessCheck/check(_:)``; the engine's errors.
  package func compile() async throws -> CompiledModel { try await compileWithTrace().model }

  private func compileWithTrace() async throws -> (model: CompiledModel, trace: EngineTrace) {
    let model = try engine.compile(
      probe.bytes, of: classifier.engineModel, options: options.run.engineOptions)
    return (model, try await SoundnessCheck(self).check(model))
  }

  /// The pass over the images.
  ///
  /// - Parameter failed: told of every image that cannot be read or decoded.
  func observe(
    _ data: InDistributionData, failed: (ImagingError) -> Void
  ) async throws -> Observations {
    let (model, trace) = try await compileWithTrace()
    let share = data.share
    let imageCount = share.reduce(0) { $0 + $1.positions.count }
    let runner = try await runner(data, model: model)
    try await runner.measureBatch(by: options.run, on: engine, images: imageCount)
    var observations = try observations(data.parts)
    observations.trace = trace
    observations.append(try FittedInputs(data.selections.map(\.source)))
    let labels = TrueLabels(classes: classifier.classes, names: options.labels)
    observations.truthProblems += [labels.mismatch(ofClassFolders: data.idSources)].compactMap { $0 }
    var seen = 0
    // By their ids: what is told of once need not be told of again.
    var unusable: Set<UInt64> = []
    for (index, selection) in share.enumerated() {
      // A single logit has no classes to be right about.
      let truth = classifier.classes > 1 ? observations.truth(of: selection.source, by: labels) : nil
      for stretch in data.byNeedOfPseudoOOD(selection) {
        let isCalibration = stretch.isCalibration
        try await pipeline(model).run(stretch.source, selecting: stretch.positions) { batch in
          try await runner.observe(
            batch, part: { data.part(of: $0, isCalibration: isCalibration) },
            needsPseudoOOD: { data.needsPseudoOOD($0, isCalibration: isCalibration) },
            isSampled: { data.isSampled($0, isCalibration: isCalibration) })
        } consume: { outcome in
          seen += 1
          options.run.progress(Progress(task: "fitting", done: seen, total: imageCount))
          switch outcome.result {
          case .success(let observation):
            try observations.append(
              observation, at: Observations.Place(selection: index, position: outcome.position),
              key: data.samplingKey(outcome.item.id), truth: truth?[outcome.position])
          case .failure(let error):
            unusable.insert(outcome.item.id)
            failed(error)
          }
        }
      }
    }
    if options.keepsSignatures {
      observations.signatures = try await SignaturePass(self, runner, inputs: observations.inputs)
        .sample(data) { item, error in
          if unusable.insert(item.id).inserted { failed(error) }
        }
    }
    return observations
  }

  /// None yet.
  package func observations(_ parts: Parts) throws(OddityError) -> Observations {
    try Observations(
      probe.layout, plan: plan, head: head, candidates: candidates.count, kinds: options.pseudoOOD.count,
      samples: kinds.map { FusionRule.kinds.contains($0.kindName) },
      hasCalibrationSource: parts.hasCalibrationSource, entersNormRatio: { parts.entersNormRatio($0) })
  }

  /// What computes fitted scores of measured rows.
  ///
  /// - Parameter layout: what the rows hold; nil for all that the probe graph says.
  package func scoreRunner(_ scores: [FittedScore], layout: TapLayout? = nil) throws -> ScoreRunner {
    try ScoreRunner(
      scores, layout: layout ?? probe.layout, classes: classifier.classes, form: form,
      like: classifier.model, engine: engine, options: options.run)
  }

  /// What runs batches through the compiled probe graph.
  ///
  /// - Parameters:
  ///   - data: what pseudo-OOD images are made of; `nil` where none are to be made.
  ///   - pairs: whether the engine makes the jigsaws; by default where it computes on a device of its own.
  package func runner(
    _ data: InDistributionData?, model: CompiledModel, pairs: Bool? = nil
  ) async throws -> ProbeRunner {
    var donors = DonorBank()
    if let data, kinds.contains(where: \.needsDonors) {
      donors = try await DonorBank(data, pipeline: pipeline(model))
    }
    let pairs = data != nil && pairs ?? !engine.isOnProcessor
    let runner = ProbeRunner(
      model: model, outputs: probe.outputs, layout: probe.layout, kinds: options.pseudoOOD,
      sampledKinds: sampledKinds, shape: shape, sampleShape: preprocessing.sampleShape, seed: options.seed,
      donors: donors, paired: pairs ? try PairedProbe(self) : nil)
    let pictures = SoundnessInputs(preprocessing, seed: options.seed).batch(in: model.batch)
    return try await runner.checked(on: pictures, tolerance: soundnessTolerance)
  }

  /// What brings images to it.
  package func pipeline(_ model: CompiledModel) -> BatchPipeline {
    var pipeline = BatchPipeline(preprocessing: preprocessing, model: model, options: options.run)
    pipeline.hashesContents = true
    pipeline.refusesNonFinite = true
    return pipeline
  }
}

extension Observations {
  /// The true classes of a source's items; `nil` where they are not known. Classes that are not the classifier's do not end
  /// a fit, which needs none.
  fileprivate mutating func truth(of source: any ImageSource, by labels: TrueLabels) -> [Int?]? {
    countedFolders = countedFolders ?? labels.countedFolders(of: source)
    do {
      truthProblems += try [labels.mismatch(of: source)].compactMap { $0 }
      return try labels.truth(of: source)
    } catch {
      truthProblems.append(
        Warning(.truthUnknown, "accuracy is not measured on \(source.description): \(error.message)"))
      return nil
    }
  }
}
