import Oddity

/// A guarded model that answers requests, with the record of its traffic.
struct ServedModel: Sendable {
  /// The name of the model's file without its extension.
  let name: String
  let detector: Detector
  let inputs: ModelInputs
  let batcher: Batcher
  /// The same model, ready to assess batches.
  let assessor: Assessor
  /// Counts the images that wait or are being scored.
  let queue: Gate
  let activity: ModelActivity
  /// nil for files of versions 1 and 2, which do not contain their calibration scores.
  let drift: DriftMonitor?
  let metrics: ServerMetrics
  /// Receives outliers and alarms, if the server has a webhook.
  let webhook: Webhook?
  let limits: ServerLimits
  /// The threads that decode its images.
  let decoding: BlockingThreads

  var metadata: GuardMetadata { detector.guarded.metadata }

  /// The threads that read JSON of this length.
  func threads(forJSON bytes: Int) -> BlockingThreads { bytes > 8 << 20 ? .largeJSON : decoding }

  init(
    _ name: String, _ detector: Detector, options: ServerOptions, metrics: ServerMetrics,
    webhook: Webhook?, decoding: BlockingThreads
  ) throws {
    (self.name, self.detector, self.metrics) = (name, detector, metrics)
    (self.webhook, self.decoding) = (webhook, decoding)
    let metadata = detector.guarded.metadata
    inputs = ModelInputs(
      model: name, own: metadata.input, preprocessing: metadata.preprocessing,
      takesPixels: metadata.rawInput != nil)
    limits = options.limits
    assessor = Assessor(detector, images: options.limits.imagesInRequest)
    batcher = Batcher(detector, limits: limits) { images, duration in
      metrics.computed(batch: images, within: duration, model: name)
    }
    queue = Gate(capacity: limits.queuedImages)
    activity = ModelActivity(keepsThumbnails: options.keepsThumbnails)
    drift = try StreamCalibration(detector.guarded).map { calibration in
      DriftMonitor(
        calibration, limits: options.drift, kept: try options.store?.streams(of: name, calibration) ?? [])
    }
  }
}

/// Settings of how a server answers.
public struct ServerOptions: Sendable {
  public var limits = ServerLimits()
  public var drift = DriftLimits()
  /// Where streams are saved over restarts. Without it they are only in memory.
  public var store: StreamStore?
  /// The keys that admit clients. Without them everybody may use the server.
  public var keys: APIKeys?
  /// Where outliers and alarms are sent, if anywhere.
  public var webhook: WebhookAddress?
  /// Whether the page shows the latest outliers. Small copies of them are then kept in memory.
  public var keepsThumbnails = true

  public init() {}
}
