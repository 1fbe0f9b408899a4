import Oddity

/// A guarded model that answers requests, with what is known of its traffic.
struct ServedModel: Sendable {
  /// The stem of its file's name.
  let name: String
  let detector: Detector
  let batcher: Batcher
  /// Of images that wait or are computed.
  let queue: Gate
  let activity: ModelActivity
  /// nil for files of versions 1 and 2, which do not carry their calibration scores.
  let drift: DriftMonitor?
  let metrics: ServerMetrics
  /// Where its images are decoded.
  let decoding: BlockingThreads

  var metadata: GuardMetadata { detector.guarded.metadata }

  func label(_ image: ScoredImage) -> String? { metadata.labels?[image.classIndex] }
}

extension ServedModel {
  init(
    _ name: String, _ detector: Detector, options: ServerOptions, metrics: ServerMetrics,
    decoding: BlockingThreads
  ) throws {
    (self.name, self.detector, self.metrics, self.decoding) = (name, detector, metrics, decoding)
    var batching = options.limits.batching
    batching.maxBatch = min(batching.maxBatch, detector.fixedBatch ?? .max)
    batcher = Batcher(detector, limits: batching) { images, duration in
      metrics.computed(batch: images, within: duration, model: name)
    }
    queue = Gate(capacity: options.limits.queuedImages)
    activity = ModelActivity(keepsThumbnails: options.keepsThumbnails)
    drift = try StreamCalibration(detector.guarded).map { calibration in
      DriftMonitor(
        calibration, limits: options.drift, kept: try options.store?.streams(of: name, calibration) ?? [])
    }
  }
}

/// The models by name.
struct ModelShelf: Sendable {
  /// Sorted by name.
  let models: [ServedModel]

  /// - Throws: ``OddityError`` `.usage` where two files have the same stem.
  init(
    _ detectors: [(name: String, detector: Detector)], options: ServerOptions, metrics: ServerMetrics,
    decoding: BlockingThreads
  ) throws {
    let names = detectors.map(\.name)
    if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw OddityError(
        .usage,
        "two models are called '\(twice)': clients name a model by its file's name, so rename one of the files"
      )
    }
    models = try detectors.sorted { $0.name < $1.name }.map {
      try ServedModel($0.name, $0.detector, options: options, metrics: metrics, decoding: decoding)
    }
  }

  var names: [String] { models.map(\.name) }

  /// - Throws: ``Problem`` 404.
  func model(_ name: String) throws(Problem) -> ServedModel {
    guard let model = models.first(where: { $0.name == name }) else { throw .unknownModel(name) }
    return model
  }
}
