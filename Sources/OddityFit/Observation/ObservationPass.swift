import Imaging
import OddityModel
import Engines

/// The pass over the images, and a second one over some calibration images.
extension FitSetup {
  /// Compiles the probe graph, and checks that it gives each image its own values.
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
  /// - Parameter failed: called for every image that cannot be read or decoded.
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
    // The ids of images that were reported, so that they are not reported again.
    var unusable: Set<UInt64> = []
    for (index, selection) in share.enumerated() {
      // A single logit does not predict a class that could be right.
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

  /// The observations before the first image.
  package func observations(_ parts: Parts) throws(OddityError) -> Observations {
    try Observations(
      probe.layout, plan: plan, head: head, candidates: candidates.count, kinds: options.pseudoOOD.count,
      samples: kinds.map { FusionRule.kinds.contains($0.kindName) },
      hasCalibrationSource: parts.hasCalibrationSource, entersNormRatio: { parts.entersNormRatio($0) })
  }

  /// Computes fitted scores from measured rows.
  ///
  /// - Parameter layout: the content of the rows; nil for all outputs of the probe graph.
  package func scoreRunner(_ scores: [FittedScore], layout: TapLayout? = nil) throws -> ScoreRunner {
    try ScoreRunner(
      scores, layout: layout ?? probe.layout, classes: classifier.classes, form: form,
      like: classifier.model, engine: engine, options: options.run)
  }

  /// Runs batches through the compiled probe graph.
  ///
  /// - Parameters:
  ///   - data: the images from which pseudo-OOD images are made; `nil` if none are made.
  ///   - pairs: whether the engine makes the jigsaws. By default it does if it computes on a separate device.
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

  /// The pipeline that brings images to the model.
  package func pipeline(_ model: CompiledModel) -> BatchPipeline {
    var pipeline = BatchPipeline(preprocessing: preprocessing, model: model, options: options.run)
    pipeline.hashesContents = true
    pipeline.refusesNonFinite = true
    return pipeline
  }
}

extension Observations {
  /// The true classes of a source's items; `nil` if they are unknown. Labels that do not fit the classifier
  /// do not end a fit, because it does not need them.
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
