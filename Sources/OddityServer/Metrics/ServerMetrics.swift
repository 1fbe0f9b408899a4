import HTTPTypes
import Oddity

/// The metrics of the server. Users rely on their names and labels, so `docs/serving.md` lists them.
struct ServerMetrics: Sendable {
  private let registry = PrometheusRegistry(
    help: [
      "oddity_requests_total": "Requests, by route and status.",
      "oddity_request_duration_seconds": "Time from the request's head to its answer.",
      "oddity_images_total": "Images scored.",
      "oddity_outliers_total": "Images flagged as outliers.",
      "oddity_unwatched_images_total":
        "Images that are not watched for drift, because their sources exceed \(.streams).",
      "oddity_webhook_events_total": "Outliers and alarms sent to the webhook, by outcome.",
      "oddity_batch_images": "Images in a batch of the engine.",
      "oddity_batch_duration_seconds": "Time that the engine took for a batch.",
      "oddity_queued_images": "Images that are being decoded, waiting, or being scored.",
      "oddity_drift_images": "Images of the source since its stream began.",
      "oddity_drift_log_wealth": "Natural logarithm of the martingale's wealth; 0 at the start.",
      "oddity_drift_alarm": "1 if the wealth has ever reached 1/delta.",
      "oddity_drift_overall_log_wealth":
        "Natural logarithm of the wealth of all sources of the model together.",
    ],
    buckets: ["oddity_batch_images": [1, 2, 4, 8, 16, 32, 64, 128]])

  /// All measurements in Prometheus' text format.
  var text: String { registry.text }

  func answered(route: String, status: HTTPResponse.Status, within duration: Duration) {
    registry.count(1, "oddity_requests_total", ["route": route, "status": "\(status.code)"])
    registry.record(duration / .seconds(1), "oddity_request_duration_seconds", ["route": route])
  }

  func scored(images: Int, outliers: Int, model: String) {
    registry.count(images, "oddity_images_total", ["model": model])
    registry.count(outliers, "oddity_outliers_total", ["model": model])
  }

  func leftUnwatched(images: Int, model: String) {
    registry.count(images, "oddity_unwatched_images_total", ["model": model])
  }

  /// What happened to an event.
  enum WebhookOutcome: String {
    case sent, failed, dropped
  }

  func toldWebhook(_ outcome: WebhookOutcome) {
    registry.count(1, "oddity_webhook_events_total", ["result": outcome.rawValue])
  }

  func computed(batch images: Int, within duration: Duration, model: String) {
    registry.record(Double(images), "oddity_batch_images", ["model": model])
    registry.record(duration / .seconds(1), "oddity_batch_duration_seconds", ["model": model])
  }

  /// The metrics of each stream, computed from its state and δ.
  private static let ofStreams: [String: @Sendable (StreamMartingale.State, Double) -> Double] = [
    "oddity_drift_images": { state, _ in Double(state.images) },
    "oddity_drift_log_wealth": { state, _ in state.logWealth },
    "oddity_drift_alarm": { state, delta in state.hasAlarmed(delta: delta) ? 1 : 0 },
  ]

  /// Removes the measurements of a stream.
  func forget(_ source: StreamName, of model: String) {
    for metric in Self.ofStreams.keys {
      registry.forget(metric, ["model": model, "source": source.description])
    }
  }

  /// Updates the values that are measured only on request.
  func refresh(queued images: Int, _ drift: DriftMonitor?, model: String) {
    registry.set(Double(images), "oddity_queued_images", ["model": model])
    guard let drift else { return }
    let standing = drift.standing
    for (source, state) in standing.streams {
      for (metric, value) in Self.ofStreams {
        registry.set(value(state, drift.delta), metric, ["model": model, "source": source.description])
      }
    }
    registry.set(standing.overallLogWealth, "oddity_drift_overall_log_wealth", ["model": model])
  }
}
