import Foundation
import Imaging
import OddityScores
import Engines

/// A guarded model, compiled and ready to score images.
public struct Detector: Sendable {
  public let guarded: GuardedModel
  /// The engine that runs the model.
  package let engine: Engine
  let model: CompiledModel
  var options: RunOptions
  /// The outputs of the blocks' FeatureNorms, if they are measured.
  private let normOutputs: [String]
  /// The source of the p-values of positions; nil if no maps are made.
  private let map: StoredMap?
  /// nil if there is nothing to check verdicts against.
  private let decisions: DecisionCheck?
  /// The same detector with maps, created on the first request.
  private let withMaps = Once<Detector>()

  /// Loads and compiles a guarded model.
  ///
  /// - Parameters:
  ///   - measuresNorms: whether to measure FeatureNorm of every block in the same forward pass.
  ///   - makesMaps: whether to make the ``ScoredImage/map`` of each image. The model must have been fitted
  ///     with a map.
  /// - Throws: ``OddityError`` `.notGuarded` for a plain classifier, `.usage` if there is no map to make, and
  ///   the engine's errors.
  public init(
    contentsOf url: URL, engine: Engine, options: RunOptions = RunOptions(), measuresNorms: Bool = false,
    makesMaps: Bool = false
  ) throws {
    try self.init(
      GuardedModel(contentsOf: url), engine: engine, options: options, measuresNorms: measuresNorms,
      makesMaps: makesMaps)
  }

  public init(
    _ guarded: GuardedModel, engine: Engine, options: RunOptions = RunOptions(), measuresNorms: Bool = false,
    makesMaps: Bool = false
  ) throws {
    self.guarded = guarded
    self.engine = engine
    self.options = options
    map = makesMaps ? try guarded.map() : nil
    let graph = try ScoringGraph(guarded, engine: engine, measuresNorms: measuresNorms, makesMaps: makesMaps)
    normOutputs = graph.norms
    // Other devices, and engines of the caller, may round differently, so they are not checked.
    decisions =
      engine.isOnProcessor
      ? try DecisionCheck(guarded, isRounded: guarded.model.graph.isRounded || options.precision != .f32)
      : nil
    model = try engine.compile(graph.bytes, of: guarded.model, options: options.engineOptions)
  }

  /// Whether FeatureNorm of every block is measured.
  var measuresNorms: Bool { normOutputs.count == guarded.metadata.blocks.count }

  /// - Parameter what: the operation that needs norms, for the error message.
  func requireNorms(for what: String) throws(OddityError) {
    guard measuresNorms else {
      throw OddityError(.usage, "\(what) needs norms: make the detector with measuresNorms: true")
    }
  }

  /// This detector, or the same one that measures norms.
  ///
  /// - Throws: the engine's errors.
  package func measuringNorms() throws -> Detector {
    measuresNorms ? self : try Detector(guarded, engine: engine, options: options, measuresNorms: true)
  }

  /// This detector, or the same one with maps, which is compiled only once.
  ///
  /// - Throws: ``OddityError`` `.usage` if the model was fitted without a map; the engine's errors.
  package func makingMaps() throws -> Detector {
    if map != nil { return self }
    return try withMaps.value {
      try Detector(guarded, engine: engine, options: options, measuresNorms: measuresNorms, makesMaps: true)
    }
  }

  /// The batch size, if the network has a fixed one.
  package var fixedBatch: Int? { model.batch }

  /// The result of one image: its scores, or why it has none.
  public struct Outcome: Sendable {
    public let item: ImageItem
    public let result: Result<ScoredImage, ImagingError>
  }

  /// Scores the images of a source, in their order, in bounded memory.
  ///
  /// - Parameters:
  ///   - positions: the positions of the images among the source's items; all by default.
  ///   - consume: receives every outcome, on the caller's actor. For an image that cannot be read it is a
  ///     failure.
  nonisolated(nonsending) public func score(
    _ source: any ImageSource, selecting positions: [Int]? = nil, consume: (Outcome) throws -> Void
  ) async throws {
    let total = positions?.count ?? source.items.count
    try await measureBatch(images: total)
    var done = 0
    try await pipeline().run(source, selecting: positions) { batch in
      scoredImages(batch, try await outputs(of: batch))
    } consume: { outcome in
      done += 1
      options.progress(Progress(task: "scoring", done: done, total: total))
      try consume(Outcome(item: outcome.item, result: outcome.result))
    }
  }

  /// The pipeline that brings images to the network.
  ///
  /// - Parameter refusingNonFinite: whether an image fails if its values are not finite.
  func pipeline(refusingNonFinite: Bool = false) -> BatchPipeline {
    var pipeline = BatchPipeline(
      preprocessing: guarded.metadata.preprocessing, model: model, options: options)
    pipeline.refusalOfPictures = guarded.metadata.refusalOfPictures
    pipeline.refusesNonFinite = refusingNonFinite
    return pipeline
  }

  func measureBatch(images: Int) async throws {
    try await options.measureBatch(
      of: model, on: engine, sample: guarded.metadata.preprocessing.sampleShape, images: images)
  }

  /// The outputs of the guarded model for a batch, with a column for each output.
  struct Outputs {
    fileprivate let scores: [[Float]]
    /// A column for each measured block.
    let norms: [[Float]]
    fileprivate let pValues: [Float]
    fileprivate let outliers: [Bool]
    /// [N, C]
    let logits: [Float]
    /// [N, height, width]; empty if no maps are made.
    fileprivate let maps: [Float]
  }

  func outputs(of batch: ImageBatch) async throws -> Outputs {
    let images = batch.items.count
    return try outputs(
      try await model.infer(batch.values, shape: shape(images), outputs: wanted), images: images)
  }

  /// The outputs for images that lie in the caller's memory.
  func outputs(of values: BorrowedValues, images: Int) async throws -> Outputs {
    try outputs(try await model.infer(values, shape: shape(images), outputs: wanted), images: images)
  }

  private func shape(_ images: Int) -> [Int] { [images] + guarded.metadata.preprocessing.sampleShape }

  private var wanted: [String] {
    guarded.scoreOutputs + normOutputs + GuardedModel.Output.decisions + [guarded.metadata.logits]
      + (map == nil ? [] : [GuardedModel.Output.map])
  }

  private func outputs(_ tensors: [String: OutputTensor], images: Int) throws -> Outputs {
    let metadata = guarded.metadata
    let logits = try tensors.floats(metadata.logits)
    guard logits.count == images * metadata.classes else {
      throw OddityError(
        .badModel,
        "\(guarded.model.name) does not have the \(metadata.classes) classes that its metadata names: fit it "
          + "again")
    }
    let outputs = Outputs(
      scores: try guarded.scoreOutputs.map { try tensors.floats($0, images: images) },
      norms: try normOutputs.map { try tensors.floats($0, images: images) },
      pValues: try tensors.floats(GuardedModel.Output.pValue, images: images),
      outliers: try tensors.bools(GuardedModel.Output.isOutlier, images: images), logits: logits,
      maps: try map.map {
        try tensors.floats(GuardedModel.Output.map, images: images, width: $0.height * $0.width)
      } ?? [])
    try check(outputs, images: images)
    return outputs
  }

  /// - Throws: ``OddityError`` `.badModel` if verdicts do not follow from the calibration scores in the file.
  private func check(_ outputs: Outputs, images: Int) throws(OddityError) {
    guard let decisions else { return }
    let classes = guarded.metadata.classes
    for image in 0..<images {
      let prediction = Prediction(logits: outputs.logits[image * classes..<(image + 1) * classes])
      guard prediction.confidence(by: guarded.metadata.headKind).isFinite else { continue }
      try decisions.check(
        score: outputs.scores[0][image], classIndex: prediction.classIndex, pValue: outputs.pValues[image],
        isOutlier: outputs.outliers[image])
    }
  }

  func scoredImages(_ batch: ImageBatch, _ outputs: Outputs) -> [ScoredImage] {
    let images = scoredImages(batch.items, nonFinite: batch.nonFinite, outputs)
    guard let map else { return images }
    let (length, positions) = (guarded.metadata.preprocessing.sampleCount, map.height * map.width)
    return images.enumerated().map { position, image in
      guard !batch.nonFinite.contains(position) else { return image }
      let contributions = Array(outputs.maps[position * positions..<(position + 1) * positions])
      var image = image
      image.map = ScoreMap(
        height: map.height, width: map.width, contributions: contributions,
        pValues: map.pValues(contributions),
        input: batch.values[position * length..<(position + 1) * length],
        preprocessing: guarded.metadata.preprocessing)
      return image
    }
  }

  /// - Parameter nonFinite: the positions of images with values that are not finite.
  func scoredImages(_ items: [ImageItem], nonFinite: Set<Int>, _ outputs: Outputs) -> [ScoredImage] {
    let classes = guarded.metadata.classes
    return items.enumerated().map { position, item in
      guard !nonFinite.contains(position) else { return unknown(item) }
      let logits = outputs.logits[position * classes..<(position + 1) * classes]
      let prediction = Prediction(logits: logits)
      let confidence = prediction.confidence(by: guarded.metadata.headKind)
      // A score of features before the logits can be finite although the logits are not.
      guard confidence.isFinite else { return unknown(item) }
      return ScoredImage(
        item: item, scores: named(outputs.scores.map { $0[position] }),
        norms: outputs.norms.map { $0[position] },
        pValue: outputs.pValues[position], isOutlier: outputs.outliers[position],
        classIndex: prediction.classIndex, label: label(prediction.classIndex),
        confidence: confidence,
        calibratedConfidence: guarded.metadata.confidenceTemperature.map {
          Prediction(logits: logits, temperature: $0).confidence(by: .softmax)
        })
    }
  }

  private func named(_ scores: [Float]) -> NamedScores {
    NamedScores(names: guarded.metadata.scores, values: scores)
  }

  private func label(_ classIndex: Int) -> String? { guarded.metadata.labels?[classIndex] }

  /// The result for an image with values that are not finite, or whose logits name no class. OpenVINO's ReLU
  /// turns NaN into zero, which leads to a meaningless score. ONNX Runtime keeps NaN, and the guarded model
  /// then gives the smallest p-value. With calibration by class it is that of the first class, because no
  /// logit compares larger than NaN.
  private func unknown(_ item: ImageItem) -> ScoredImage {
    let metadata = guarded.metadata
    let calibrationImages =
      metadata.calibrationGroup(ofClass: 0)?.calibrationImages ?? metadata.calibrationSize
    return ScoredImage(
      item: item, scores: named(metadata.scores.map { _ in .nan }), norms: normOutputs.map { _ in .nan },
      pValue: 1 / Float(calibrationImages + 1), isOutlier: true, classIndex: 0, label: label(0),
      confidence: .nan, calibratedConfidence: metadata.confidenceTemperature.map { _ in .nan })
  }
}

extension Detector {
  /// Loads and compiles a guarded model from its path.
  ///
  /// - Throws: ``OddityError`` `.notGuarded` for a plain classifier, and the engine's errors.
  public init(_ path: String, options: RunOptions = RunOptions()) throws {
    try self.init(contentsOf: URL(fileURLWithPath: path), engine: Engine(), options: options)
  }

  /// Scores a folder of images, an image, an archive or an array, opened by ``ImageSources``.
  ///
  /// - Throws: as ``score(_:selecting:consume:)``, and if the source cannot be opened.
  nonisolated(nonsending) public func score(
    _ source: String, consume: (Outcome) throws -> Void
  ) async throws {
    try await score(ImageSources.open(source), consume: consume)
  }

  /// Scores one image in memory: the content of a JPEG, PNG, WebP, TIFF, GIF, BMP or PNM file. For several
  /// images use a ``MemorySource``.
  ///
  /// - Parameters:
  ///   - data: the bytes, for example a `Data` or an array.
  ///   - name: the name of the image in errors.
  /// - Throws: ``ImagingError`` if it cannot be decoded.
  public func score(_ data: some Collection<UInt8>, name: String = "the image") async throws -> ScoredImage {
    let answers = try await score([input(EncodedImage(data, name: name), name: name)])
    guard let answer = answers.first else { throw ImagingError(.noImages, "'\(name)' is no image") }
    return answer.image
  }
}
