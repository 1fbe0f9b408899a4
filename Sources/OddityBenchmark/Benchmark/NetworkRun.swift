import Foundation
import Imaging
import OddityFit
import ONNXGraph
import Engines

/// One network of a suite, ready to measure image sets. One probe graph computes the FeatureNorm of every
/// block, the logits and everything else that scores need. Each set therefore takes only one forward pass,
/// regardless of later computations.
struct NetworkRun {
  let network: Suite.Network
  let fit: FitSetup
  let layout: MeasurementLayout
  private let data: InDistributionData
  private let model: String

  /// Reads the model, and finds everything that would stop the benchmark later.
  ///
  /// - Throws: ``OddityError`` with the suite's line; the engine's errors if the engine is missing.
  init(
    _ network: Suite.Network, of suite: Suite, sets: SuiteSets, options: BenchmarkOptions, engine: Engine
  ) throws {
    self.network = network
    let preprocessing = try suite.locating(network.preprocess?.line ?? network.model.line) {
      try network.preprocess.map { try Preprocessing.load($0.path) }
    }
    var fitOptions = FitOptions()
    fitOptions.pseudoOOD = options.pseudoOOD
    fitOptions.seed = suite.seed
    fitOptions.scores = suite.scores
    fitOptions.settings = options.settings
    fitOptions.alpha = suite.alpha
    fitOptions.preprocessing = preprocessing
    fitOptions.head = network.head
    fitOptions.run = options.run
    // Tables have the same rows for all networks.
    fitOptions.needsAllScores = true
    (fit, model) = try suite.locating(network.model.line) { [fitOptions] in
      let model = try Model(contentsOf: .init(filePath: network.model.path))
      let run = try FitSetup(model, engine: engine, options: fitOptions)
      return (run, try model.fingerprint())
    }
    data = sets.inDistributionData(
      seed: suite.seed, fitsTemperature: fit.plan.fitsTemperature, sampledKinds: fit.sampledKinds.count)
    if fit.preprocessing.inputType.integers == nil {
      try suite.locating(network.preprocess?.line ?? network.model.line) {
        try InputWarning.refuseMixture(of: sets.all.flatMap(\.stretches).map(\.source), preprocessing)
      }
    }
    layout = MeasurementLayout(fit)
  }

  /// Everything that a measurement of a set depends on.
  func key(_ set: ImageSet, images: String) throws -> MeasurementKey {
    MeasurementKey(
      engine: fit.engine.identity, model: model, preprocessing: try fit.preprocessing.json(),
      precision: fit.options.run.precision.rawValue, columns: layout.names(set.role), images: images,
      seed: set.role == .fit ? fit.options.seed : nil,
      hasCalibration: set.role == .fit ? data.parts.hasCalibrationSource : nil)
  }

  /// The number of images that go through the network for a set, including pseudo-OOD images.
  func passes(_ set: ImageSet) -> Int { set.items.reduce(0) { $0 + passes(of: $1, in: set) } }

  private func passes(of item: ImageItem, in set: ImageSet) -> Int {
    let part = data.part(of: item.id, isCalibration: false)
    let isChanged = set.role == .fit && data.needsPseudoOOD(part, isCalibration: false)
    let isSampled = set.role == .fit && data.isSampled(item.id, isCalibration: false)
    return 1 + (isChanged ? layout.kinds.count : 0) + (isSampled ? layout.sampledKinds.count : 0)
  }

  /// Runs a set through the network.
  ///
  /// - Parameter progress: receives the number of images since the last call.
  func measure(
    _ set: ImageSet, by model: CompiledModel, progress: (Int) -> Void
  ) async throws -> Measurement {
    let runner = try await fit.runner(set.role == .fit ? data : nil, model: model)
    let pipeline = fit.pipeline(model)
    let needsPseudoOOD = { @Sendable [data] (part: Part) in
      set.role == .fit && data.needsPseudoOOD(part, isCalibration: false)
    }
    var measurement = Measurement(columns: layout.names(set.role))
    for stretch in set.stretches {
      try await pipeline.run(stretch.source, selecting: stretch.positions) { [data] batch in
        try await runner.observe(
          batch, part: { data.part(of: $0, isCalibration: false) }, needsPseudoOOD: needsPseudoOOD,
          isSampled: { set.role == .fit && data.isSampled($0, isCalibration: false) })
      } consume: { outcome in
        switch outcome.result {
        case .success(let observation): measurement.append(observation, of: outcome.item, layout)
        // This is not a fault of the image. If the failure were stored, it would remain after the decoder is
        // installed.
        case .failure(let error) where error.code == .decoderMissing: throw error
        case .failure(let error):
          // An existing file that cannot be read may be readable in a later run, for example if too many
          // files were open.
          let isThere = FileManager.default.fileExists(atPath: outcome.item.name)
          measurement.appendFailure("\(error)", mayPass: error.code == .unreadable && isThere)
        }
        progress(passes(of: outcome.item, in: set))
      }
    }
    return measurement
  }
}

extension NetworkRun {
  /// The observations of a fit, from the measurements of `id.fit` and, if there is one, `id.calibration`.
  ///
  /// - Parameter truth: the true class of each image of a set, if it is known.
  func observations(_ sets: [MeasuredSet], truth: (ImageSet) throws -> [Int?]) throws -> Observations {
    var observations = try fit.observations(data.parts)
    var stretches = 0
    for measured in sets where [.fit, .calibration].contains(measured.set.role) {
      let truth = try truth(measured.set)
      for (row, image) in zip(measured.rows, measured.images) {
        let part = data.part(of: image.item.id, isCalibration: measured.set.role == .calibration)
        try observations.append(
          measured.observation(row: row, item: image.item, part: part),
          at: Observations.Place(selection: stretches + image.stretch, position: image.position),
          key: data.samplingKey(image.item.id), truth: truth[row])
      }
      stretches += measured.set.stretches.count
    }
    return observations
  }
}

extension MeasuredSet {
  /// The observation of one image, as it was when it was measured.
  fileprivate func observation(row: Int, item: ImageItem, part: Part) -> Observation {
    let values = Array(measurement.row(row))
    func rows(_ kinds: Range<Int>) -> [[Float]] {
      kinds.map { Array(values[layout.column(0, kind: $0)..<layout.column(0, kind: $0 + 1)]) }
    }
    let (kinds, all) = (layout.kinds.count, layout.kinds.count + layout.sampledKinds.count)
    let sampled = set.role == .fit ? rows(kinds..<all) : []
    return Observation(
      part: part, values: Array(values.prefix(layout.width)),
      pseudo: set.role == .fit && part != .calibrate ? rows(0..<kinds) : [],
      // An image that is not in the sample has no values.
      sampled: sampled.first?.allSatisfy(\.isNaN) ?? true ? [] : sampled,
      // The hash is made from the role and the name to detect copies. If several roles name a source, its
      // images are dealt out, so no image appears twice.
      contentHash: FNV1a.hash("\(set.role)/\(item.name)"))
  }
}

extension Measurement {
  fileprivate mutating func append(
    _ observation: Observation, of item: ImageItem, _ layout: MeasurementLayout
  ) {
    guard !observation.values.contains(where: \.isNaN) else {
      appendFailure("'\(item.name)': its scores are not numbers (NaN); leave it out")
      return
    }
    let pseudo = (observation.pseudo + observation.sampled).flatMap { $0 }
    let missing = columns.count - layout.width - pseudo.count
    append(observation.values + pseudo + Array(repeating: .nan, count: missing))
  }
}

extension SuiteSets {
  /// The in-distribution images and their parts.
  func inDistributionData(seed: UInt64, fitsTemperature: Bool, sampledKinds: Int) -> InDistributionData {
    let selections = [fit, calibration].compactMap { $0 }.flatMap { set in
      set.stretches.map {
        InDistributionData.Selection(
          source: $0.source, positions: $0.positions, isCalibration: set.role == .calibration)
      }
    }
    return InDistributionData(
      selections: selections,
      parts: Parts(hasCalibrationSource: calibration != nil, fitsTemperature: fitsTemperature), seed: seed,
      sampledKinds: sampledKinds)
  }
}
