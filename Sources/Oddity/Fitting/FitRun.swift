import Foundation
import Imaging
import ONNXGraph
import OpenVINORuntime

/// One fit, step by step: the pass over the data, the selection, the calibration, the guarded model.
struct FitRun {
  let classifier: Classifier
  let options: FitOptions
  let preprocessing: ResolvedPreprocessing
  let candidates: [Block]
  let probe: ProbeGraph
  let jigsaw: Jigsaw
  let shape: ImageShape
  let model: CompiledModel

  init(_ model: Model, engine: Engine, options: FitOptions) throws {
    classifier = try Classifier(model, engine: engine, options: options)
    try classifier.check(labels: options.labels)
    try classifier.check(scores: options.scores)
    try classifier.refuseTakenNames(scores: options.scores)
    self.options = options
    preprocessing = try (options.preprocessing ?? Preprocessing()).resolved(
      inputShape: classifier.image.shape ?? [])
    candidates = try classifier.candidates(options.block)
    jigsaw = options.jigsaw
    shape = try preprocessing.imageShape(cutBy: jigsaw)
    let energyToCompareWith = options.scores.contains(.energy) ? [] : [ScoreName.energy]
    probe = try ProbeGraph(classifier, candidates: candidates, scores: options.scores + energyToCompareWith)
    self.model = try engine.compile(
      model: probe.bytes, name: model.name, options: options.run.engineOptions)
  }

  /// The one pass over the images.
  ///
  /// - Parameter failed: told of every image that cannot be read or decoded.
  func observe(
    _ data: InDistributionData, failed: (ImagingError) -> Void
  ) async throws -> Observations {
    let parts = data.parts
    var observations = Observations(entersNormRatio: { parts.entersNormRatio($0) })
    var seen = 0
    let total = data.imageCount
    for (index, selection) in data.selections.enumerated() {
      var positions = selection.positions.makeIterator()
      try await pipeline.run(selection.source, selecting: selection.positions) { [runner] batch in
        try await runner.observe(
          batch, part: { data.part(of: $0, isCalibration: selection.isCalibration) },
          needsJigsaw: { data.needsJigsaw($0, isCalibration: selection.isCalibration) })
      } consume: { outcome in
        seen += 1
        let place = Observations.Place(selection: index, position: positions.next() ?? 0)
        options.run.progress(Progress(task: "fitting", done: seen, total: total))
        switch outcome.result {
        case .success(let observation): observations.append(observation, at: place)
        case .failure(let error): failed(error)
        }
      }
    }
    return observations
  }

  /// The position among the candidates of the block to use.
  func select(_ ratios: [NormRatio]) throws -> Int {
    guard case .named(let name) = options.block else { return try BlockSelection.selectedBlock(ratios) }
    let block = try classifier.block(name)
    return candidates.firstIndex { $0.tensor == block.tensor } ?? 0
  }

  func calibrate(_ observations: Observations, block: Int) throws -> ConformalCalibration {
    let column = probe.column(of: options.scores[0], block: block) ?? 0
    return try ConformalCalibration(
      scores: observations.calibrationScores(column: column), alpha: options.alpha,
      confidence: options.confidence)
  }

  private var runner: ProbeRunner {
    ProbeRunner(
      model: model, outputs: probe.outputs, jigsaw: jigsaw, shape: shape,
      sampleShape: preprocessing.sampleShape, seed: options.seed)
  }

  private var pipeline: BatchPipeline {
    BatchPipeline(
      preprocessing: preprocessing, model: model, options: options.run, isFit: true)
  }
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

  /// The blocks to measure: those of the rule, and a further tensor that the user names.
  fileprivate func candidates(_ choice: FitOptions.BlockChoice) throws(OddityError) -> [Block] {
    guard case .named(let name) = choice else {
      if blocks.isEmpty { throw OddityError.noBlocks(in: self) }
      return blocks
    }
    let named = try block(name)
    return blocks.contains { $0.tensor == named.tensor } ? blocks : blocks + [named]
  }

  fileprivate func check(scores: [ScoreName]) throws(OddityError) {
    guard !scores.isEmpty, Set(scores).count == scores.count else {
      throw OddityError(.usage, "name at least one score to fit, and none twice")
    }
    if scores.contains(.msp), classes < 2 {
      throw OddityError(
        .usage,
        "msp needs at least two classes, and \(model.name) has \(classes): choose another --score")
    }
  }

  fileprivate func check(labels: [String]?) throws(OddityError) {
    if let labels, labels.count != classes {
      throw OddityError(
        .badData,
        "--labels has \(labels.count) names, but \(model.name) has \(classes) classes: one name a line")
    }
  }
}

extension OddityError {
  public static func noBlocks(in classifier: Classifier) -> OddityError {
    OddityError(
      .noBlocks,
      "\(classifier.model.name) has no spatial block between '\(classifier.image.name)' and '\(classifier.head.logits)': "
        + "name a feature map of rank 3 or 4 with --block TENSOR, or the right logits with --logits NAME")
  }
}

extension ResolvedPreprocessing {
  /// The shape of one preprocessed image, big enough for the jigsaw.
  fileprivate func imageShape(cutBy jigsaw: Jigsaw) throws(OddityError) -> ImageShape {
    let shape: ImageShape =
      layout == .nchw
      ? .channelsFirst(channels: sampleShape[0], height: sampleShape[1], width: sampleShape[2])
      : .channelsLast(height: sampleShape[0], width: sampleShape[1], channels: sampleShape[2])
    guard min(shape.height, shape.width) >= jigsaw.grid else {
      throw OddityError(
        .usage,
        "the network sees \(shape.height)×\(shape.width) pixels: too few for a jigsaw of "
          + "\(jigsaw.grid)×\(jigsaw.grid) tiles (--pseudo-ood jigsaw:GRID)")
    }
    return shape
  }
}
