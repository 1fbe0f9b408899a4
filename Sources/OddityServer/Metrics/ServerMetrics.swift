import CoreMetrics
import HTTPTypes
import Oddity

/// What the server measures. Names and labels are part of what users rely on: `docs/serving.md` lists them.
struct ServerMetrics: Sendable {
  private let factory: any MetricsFactory

  /// - Parameter factory: where measurements go.
  init(factory: any MetricsFactory) { self.factory = factory }

  /// A registry that says what each of the metrics is.
  static func registry() -> PrometheusRegistry {
    PrometheusRegistry(
      help: [
        "oddity_requests_total": "Requests, by route and status.",
        "oddity_request_duration_seconds": "Time from the request's head to its answer.",
        "oddity_images_total": "Images scored.",
        "oddity_outliers_total": "Images flagged as outliers.",
        "oddity_unwatched_images_total":
          "Images of sources beyond --max-sources, which are not watched for drift.",
        "oddity_batch_images": "Images in a batch of the engine.",
        "oddity_batch_duration_seconds": "Time that the engine takes for a batch.",
        "oddity_queued_images": "Images that are decoded, wait or are computed.",
        "oddity_drift_images": "Images of the source since its stream began.",
        "oddity_drift_log_wealth": "Natural logarithm of the martingale's wealth; 0 at the start.",
        "oddity_drift_alarm": "1 if the wealth has ever reached 1/delta.",
        "oddity_drift_overall_log_wealth": "The same of all sources of the model together.",
      ],
      buckets: ["oddity_batch_images": [1, 2, 4, 8, 16, 32, 64, 128]])
  }

  func answered(route: String, status: HTTPResponse.Status, within duration: Duration) {
    count(1, "oddity_requests_total", [("route", route), ("status", "\(status.code)")])
    time(duration, "oddity_request_duration_seconds", [("route", route)])
  }

  func scored(images: Int, outliers: Int, model: String) {
    count(images, "oddity_images_total", [("model", model)])
    count(outliers, "oddity_outliers_total", [("model", model)])
  }

  func leftUnwatched(images: Int, model: String) {
    count(images, "oddity_unwatched_images_total", [("model", model)])
  }

  /// Takes the measurements of a stream away.
  func forget(_ source: StreamName, of model: String) {
    for label in Self.ofStreams.keys { meter(label, source, model).destroy() }
  }

  /// What is measured of each stream, given δ.
  private static let ofStreams: [String: @Sendable (StreamMartingale.State, Double) -> Double] = [
    "oddity_drift_images": { state, _ in Double(state.images) },
    "oddity_drift_log_wealth": { state, _ in state.logWealth },
    "oddity_drift_alarm": { state, delta in state.hasAlarmed(delta: delta) ? 1 : 0 },
  ]

  private func count(_ count: Int, _ label: String, _ dimensions: [(String, String)]) {
    Counter(label: label, dimensions: dimensions, factory: factory).increment(by: count)
  }

  private func time(_ duration: Duration, _ label: String, _ dimensions: [(String, String)]) {
    Timer(label: label, dimensions: dimensions, factory: factory)
      .recordNanoseconds(Int64(duration / .nanoseconds(1)))
  }

  private func meter(_ label: String, _ source: StreamName, _ model: String) -> Meter {
    Meter(label: label, dimensions: [("model", model), ("source", source.description)], factory: factory)
  }

  func computed(batch images: Int, within duration: Duration, model: String) {
    Recorder(
      label: "oddity_batch_images", dimensions: [("model", model)], aggregate: true, factory: factory
    ).record(images)
    time(duration, "oddity_batch_duration_seconds", [("model", model)])
  }

  /// What is read when somebody asks.
  func refresh(_ model: ServedModel) {
    Meter(label: "oddity_queued_images", dimensions: [("model", model.name)], factory: factory)
      .set(model.queue.count)
    guard let drift = model.drift else { return }
    let standing = drift.standing
    for (source, state) in standing.streams {
      for (label, value) in Self.ofStreams { meter(label, source, model.name).set(value(state, drift.delta)) }
    }
    Meter(label: "oddity_drift_overall_log_wealth", dimensions: [("model", model.name)], factory: factory)
      .set(standing.overallLogWealth)
  }
}
