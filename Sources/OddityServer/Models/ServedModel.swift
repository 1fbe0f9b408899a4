import Hummingbird
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
  let limits: ServerLimits
  /// Where its images are decoded.
  let decoding: BlockingThreads

  var metadata: GuardMetadata { detector.guarded.metadata }

  init(
    _ name: String, _ detector: Detector, options: ServerOptions, metrics: ServerMetrics,
    decoding: BlockingThreads
  ) throws {
    (self.name, self.detector, self.metrics, self.decoding) = (name, detector, metrics, decoding)
    limits = options.limits
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

extension OddityServer {
  /// The model that the path of a request names.
  ///
  /// - Throws: ``Problem`` 404.
  func model(_ context: Context) throws -> ServedModel {
    let name = try context.decodedParameter("name")
    guard let model = models.first(where: { $0.name == name }) else {
      throw Problem(.notFound, "there is no model '\(name)'; GET /v1/models lists them")
    }
    return model
  }
}

extension RequestContext {
  /// A parameter of the path, without its percent-encoding, which the router leaves in.
  ///
  /// - Throws: ``Problem`` 400 where it is no text.
  func decodedParameter(_ name: String) throws -> String {
    guard let text = try parameters.require(name).removingPercentEncoding else {
      throw Problem(.badRequest, "the path is not percent-encoded UTF-8")
    }
    return text
  }
}
