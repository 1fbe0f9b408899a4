import Foundation
import Imaging
import ONNXGraph
import OpenVINORuntime

/// One fit, step by step: the pass over the data, the selection, the calibration, the guarded model.
struct FitRun {
  let classifier: Classifier
  let options: FitOptions
  /// How the logits become probabilities.
  let head: HeadKind
  /// What is to be said of class names in the model's file that are ignored.
  let namesWarning: String?
  let preprocessing: ResolvedPreprocessing
  let candidates: [Block]
  /// The candidate that the user named, by its position.
  let namedCandidate: Int?
  /// The scores that were asked for, and the one that FeatureNorm is compared with.
  let plan: ScorePlan
  let probe: ProbeGraph
  let shape: ImageShape
  let engine: Engine

  /// - Parameter resolved: the preprocessing where it is resolved already; the options' is then not looked at.
  init(
    _ model: Model, engine: Engine, options: FitOptions, preprocessing resolved: ResolvedPreprocessing? = nil
  ) throws {
    var classifier = try Classifier(model, engine: engine, options: options)
    var options = options
    let classNames = ClassNames(of: model, classes: classifier.classes)
    try classifier.check(labels: options.labels)
    namesWarning = options.labels == nil ? classNames.warning : nil
    options.labels = options.labels ?? classNames.names
    head = options.head ?? classifier.headKind
    let form = LogitForm(head, classes: classifier.classes)
    try options.check(form, of: model)
    let beside = [form.scoreToCompareWith].compactMap { $0 }
      .filter { !options.scores.isEmpty && !options.scores.contains($0) }
    var plan = try ScorePlan(
      options.scores, beside: beside, settings: options.settings, classifier: classifier, form: form,
      needsAll: options.needsAllScores)
    try classifier.refuseTakenNames(scores: options.scores.map(\.description))
    self.engine = engine
    preprocessing =
      try resolved
      ?? (options.preprocessing ?? Preprocessing()).resolved(
        inputShape: classifier.image.shape ?? [], inputType: try classifier.inputType)
    if plan.needsGradient {
      classifier = try classifier.withAllShapes(engine: engine)
      do { _ = try classifier.gradient() } catch let error as OddityError {
        plan = try plan.withoutGradient(error)
      }
    }
    self.plan = plan
    (candidates, namedCandidate) = try classifier.candidates(options.block)
    shape = preprocessing.imageShape
    try shape.check(options.pseudoOOD)
    if options.scores.contains(.auto) { options.pseudoOOD += shape.autoKinds(beside: options.pseudoOOD) }
    self.options = options
    self.classifier = classifier
    probe = try ProbeGraph(
      classifier, candidates: candidates, taps: plan.taps, std: preprocessing.pixelScale)
  }

  /// The images, dealt to their parts.
  ///
  /// - Throws: ``OddityError`` `.badData` where a temperature is to be fitted and no calibration image's class is known.
  func data(
    _ inDistribution: [any ImageSource], calibration: [any ImageSource], shard: Shard = .whole
  ) throws(OddityError) -> InDistributionData {
    let labels = TrueLabels(classes: classifier.classes, names: options.labels)
    let fitsTemperature =
      plan.fitsTemperature
      && calibration.contains { source in
        (try? labels.truth(of: source))?.contains { $0 != nil } ?? false
      }
    if plan.requiresTemperature, !fitsTemperature { throw TemperatureScaling.unfitted }
    return InDistributionData(
      inDistribution: inDistribution, calibration: calibration, limit: options.limit, seed: options.seed,
      normRatioImages: options.normRatioImages, fitsTemperature: fitsTemperature, shard: shard)
  }

  /// The probe graph, ready to run, and found to give each image its own values.
  ///
  /// - Throws: as ``SoundnessCheck/check(_:)``; the engine's errors.
  func compile() async throws -> CompiledModel {
    let model = try engine.compile(
      model: probe.bytes, name: classifier.model.name,
      options: options.run.engineOptions(for: classifier.model))
    try await SoundnessCheck(self).check(model)
    return model
  }

  /// The one pass over the images.
  ///
  /// - Parameter failed: told of every image that cannot be read or decoded.
  func observe(
    _ data: InDistributionData, failed: (ImagingError) -> Void
  ) async throws -> Observations {
    let model = try await compile()
    let runner = try await runner(data, model: model)
    var observations = try observations(data.parts)
    observations.append(try FittedInputs(data.selections.map(\.source)))
    let labels = TrueLabels(classes: classifier.classes, names: options.labels)
    observations.truthProblems += [labels.mismatch(ofClassFolders: data.idSources)].compactMap { $0 }
    let share = data.share
    let imageCount = share.reduce(0) { $0 + $1.positions.count }
    var seen = 0
    for (index, selection) in share.enumerated() {
      // A single logit has no classes to be right about.
      let truth = classifier.classes > 1 ? observations.truth(of: selection.source, by: labels) : nil
      for stretch in data.byNeedOfPseudoOOD(selection) {
        try await observe(stretch, of: data, runner) { outcome in
          seen += 1
          options.run.progress(Progress(task: "fitting", done: seen, total: imageCount))
          switch outcome.result {
          case .success(let observation):
            try observations.append(
              observation, at: Observations.Place(selection: index, position: outcome.position),
              key: data.samplingKey(outcome.item.id), truth: truth?[outcome.position])
          case .failure(let error): failed(error)
          }
        }
      }
    }
    return observations
  }

  /// Observes one stretch of the data.
  private func observe(
    _ stretch: InDistributionData.Selection, of data: InDistributionData, _ runner: ProbeRunner,
    consume: (BatchPipeline.Outcome<Observation>) throws -> Void
  ) async throws {
    try await pipeline(runner.model).run(stretch.source, selecting: stretch.positions) { batch in
      try await runner.observe(
        batch, part: { data.part(of: $0, isCalibration: stretch.isCalibration) },
        needsPseudoOOD: { data.needsPseudoOOD($0, isCalibration: stretch.isCalibration) })
    } consume: {
      try consume($0)
    }
  }

  /// What the logits stand for.
  var form: LogitForm { plan.form }

  /// The block to use.
  ///
  /// - Throws: ``OddityError`` `.noBlocks` where none can be selected and a score without which there is no fit needs one.
  func select(_ ratios: [NormRatio]) throws(OddityError) -> SelectedCandidate {
    if let namedCandidate { return SelectedCandidate(position: namedCandidate) }
    do {
      return SelectedCandidate(position: try BlockSelection.selectedBlock(ratios))
    } catch {
      guard plan.names.allSatisfy({ !$0.needsBlock || plan.mayLeaveOut($0) }) else { throw error }
      return SelectedCandidate(position: candidates.count - 1, refusal: error)
    }
  }

  /// None yet.
  func observations(_ parts: Parts) throws(OddityError) -> Observations {
    try Observations(
      probe.layout, plan: plan, head: head, candidates: candidates.count, kinds: options.pseudoOOD.count,
      entersNormRatio: { parts.entersNormRatio($0) })
  }

  /// The kinds that `auto` looks at, by their positions.
  var autoKinds: [Int] {
    options.pseudoOOD.indices.filter { AutoSelection.kinds.contains(options.pseudoOOD[$0].kindName) }
  }

  /// What computes fitted scores of measured rows.
  func scoreRunner(_ scores: [any FittedScore]) throws -> ScoreRunner {
    try ScoreRunner(
      scores, layout: probe.layout, classes: classifier.classes, form: form,
      like: classifier.model, engine: engine, options: options.run)
  }

  /// What runs batches through the compiled probe graph.
  ///
  /// - Parameter data: what pseudo-OOD images are made of; `nil` where none are to be made.
  func runner(_ data: InDistributionData?, model: CompiledModel) async throws -> ProbeRunner {
    var donors = DonorBank()
    if let data, options.pseudoOOD.contains(where: \.needsDonors) {
      donors = try await DonorBank(data, pipeline: pipeline(model))
    }
    return ProbeRunner(
      model: model, outputs: probe.outputs, layout: probe.layout, kinds: options.pseudoOOD, shape: shape,
      sampleShape: preprocessing.sampleShape, seed: options.seed, donors: donors)
  }

  /// What brings images to it.
  func pipeline(_ model: CompiledModel) -> BatchPipeline {
    var pipeline = BatchPipeline(preprocessing: preprocessing, model: model, options: options.run)
    pipeline.hashesContents = true
    pipeline.refusesNonFinite = true
    return pipeline
  }
}

/// The candidate whose FeatureNorm is taken.
struct SelectedCandidate {
  let position: Int
  /// Why there is none, where the last one stands in for scores that need no block.
  var refusal: OddityError?
}

extension Classifier {
  fileprivate init(_ model: Model, engine: Engine, options: FitOptions) throws {
    guard model.metadata[GuardMetadata.key] == nil else {
      throw OddityError(
        .alreadyGuarded, "\(model.name) is guarded already: fit the plain classifier that it was made from")
    }
    let named: [String] = if case .named(let name) = options.block { [name] } else { [] }
    try self.init(model, engine: engine, input: options.input, logits: options.logits, tensors: named)
  }

  /// The blocks to measure: those of the rule, and a further tensor that the user names, with its position.
  fileprivate func candidates(
    _ choice: FitOptions.BlockChoice
  ) throws(OddityError) -> (blocks: [Block], named: Int?) {
    guard case .named(let name) = choice else {
      if blocks.isEmpty { throw OddityError.noBlocks(in: self) }
      return (blocks, nil)
    }
    let named = try block(name)
    if let position = blocks.firstIndex(where: { $0.tensor == named.tensor }) { return (blocks, position) }
    return (blocks + [named], blocks.count)
  }

  fileprivate func check(labels: [String]?) throws(OddityError) {
    if let labels, labels.count != classes {
      throw OddityError(
        .badData,
        "--labels has \(labels.count) names, but \(model.name) has \(classes) classes: one name a line")
    }
  }
}

extension FitOptions {
  /// - Throws: ``OddityError`` `.usage` for calibration by class where an image has not one class of several.
  fileprivate func check(_ form: LogitForm, of model: Model) throws(OddityError) {
    if calibrationScope == .byClass { try form.checkCalibrationByClass(model: model.name) }
  }
}

extension ResolvedPreprocessing {
  /// What a step in units of pixels is divided by.
  var pixelScale: PixelScale {
    PixelScale(values: std, dims: layout == .nchw ? [1, std.count, 1, 1] : [1, 1, 1, std.count])
  }

  /// How one preprocessed image lies in memory.
  var imageShape: ImageShape {
    layout == .nchw
      ? .channelsFirst(channels: sampleShape[0], height: sampleShape[1], width: sampleShape[2])
      : .channelsLast(height: sampleShape[0], width: sampleShape[1], channels: sampleShape[2])
  }
}

extension ImageShape {
  /// - Throws: `OddityError.usage` where there is no kind, one twice, or one that the images are too small for.
  fileprivate func check(_ kinds: [PseudoOOD]) throws(OddityError) {
    guard !kinds.isEmpty, Set(kinds).count == kinds.count else {
      throw OddityError(.usage, "name at least one kind of pseudo-OOD images, and none twice")
    }
    for kind in kinds { try kind.check(self) }
  }

  /// The kinds that `auto` needs and that are not asked for already; those that the images are too small for are left out.
  fileprivate func autoKinds(beside kinds: [PseudoOOD]) -> [PseudoOOD] {
    AutoSelection.kinds.compactMap { try? PseudoOOD(parsing: $0) }.filter { kind in
      !kinds.contains(where: { $0.kindName == kind.kindName }) && (try? kind.check(self)) != nil
    }
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
