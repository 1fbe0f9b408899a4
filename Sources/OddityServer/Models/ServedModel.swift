import Oddity

/// A guarded model that answers requests, with what is known of its traffic.
struct ServedModel: Sendable {
  /// The stem of its file's name.
  let name: String
  let detector: Detector
  let inputs: ModelInputs
  let batcher: Batcher
  /// The same model, ready to assess batches.
  let assessor: Assessor
  /// Of images that wait or are computed.
  let queue: Gate
  let activity: ModelActivity
  /// nil for files of versions 1 and 2, which do not carry their calibration scores.
  let drift: DriftMonitor?
  let metrics: ServerMetrics
  /// Is told of outliers and alarms, where there is one.
  let webhook: Webhook?
  let limits: ServerLimits
  /// Where its images are decoded.
  let decoding: BlockingThreads

  var metadata: GuardMetadata { detector.guarded.metadata }

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

/// How a server answers.
public struct ServerOptions: Sendable {
  public var limits = ServerLimits()
  public var drift = DriftLimits()
  /// Where streams are kept over restarts; in memory only where there is none.
  public var store: StreamStore?
  /// Who may use it; everybody where there are none.
  public var keys: APIKeys?
  /// What is told of outliers and alarms; nothing where there is none.
  public var webhook: WebhookAddress?
  /// Whether the page shows the latest outliers, which are then kept in memory.
  public var keepsThumbnails = true

  public init() {}
}
