import Foundation
import Logging
import Oddity
import ServiceLifecycle
import Synchronization

/// Sends outliers and alarms to another server, one after another.
///
/// Events wait in a queue of bounded length. While it is full, further events are dropped. An event that the
/// receiver does not accept is sent again, up to five times in about fifteen seconds.
final class Webhook: Sendable {
  private let address: WebhookAddress
  private let metrics: ServerMetrics
  private let pauses: [Duration]
  private let waiting = Mutex<[Data]>([])
  private let (arrivals, arrival) = AsyncStream.makeStream(
    of: Void.self, bufferingPolicy: .bufferingNewest(1))
  private let thread = BlockingThreads(count: 1)

  private static let mostWaiting = 256
  private static let patience = Duration.seconds(10)
  /// The time for all waiting events when the server stops.
  private static let lastPatience = Duration.seconds(5)

  /// - Parameter pauses: the pause before each further attempt.
  init(
    _ address: WebhookAddress, metrics: ServerMetrics,
    pauses: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8)]
  ) {
    (self.address, self.metrics, self.pauses) = (address, metrics, pauses)
  }

  /// Reports an outlier, with the fields of `oddity score`.
  func tell(_ image: ScoredImage, model: String, source: String?, name: String?) {
    let named: JSONValue = ["image": Self.value(name)]
    tell("outlier", model: model, source: source, details: named.with(Verdict(image).json))
  }

  /// Reports a stream that has changed.
  func tell(_ state: StreamMartingale.State, model: String, source: String) {
    tell(
      "drift", model: model, source: source,
      details: ["images": JSONValue(state.images), "log_wealth": JSONValue(state.logWealth)])
  }

  private static func value(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }

  private func tell(_ event: String, model: String, source: String?, details: JSONValue) {
    let head: JSONValue = [
      "event": .string(event), "time": .string(Date.now.formatted(.iso8601)), "model": .string(model),
      "source": Self.value(source),
    ]
    let json = Data(head.with(details).line.utf8)
    let hasRoom = waiting.withLock { waiting in
      guard waiting.count < Self.mostWaiting else { return false }
      waiting.append(json)
      return true
    }
    if !hasRoom { metrics.toldWebhook(.dropped) }
    arrival.yield()
  }

  /// Sends events until the server stops, then sends once what still waits.
  fileprivate func run(logger: Logger) async {
    await cancelWhenGracefulShutdown { [self] in
      for await _ in arrivals {
        while !Task.isCancelled, let event = next() { await deliver(event, pauses, logger) }
      }
    }
    let end = ContinuousClock.now + Self.lastPatience
    while ContinuousClock.now < end, let event = next() { await deliver(event, [], logger) }
    let left = waiting.withLock { $0.count }
    if left > 0 {
      logger.error(
        "some events were not sent to the webhook before the server stopped", metadata: ["events": "\(left)"])
    }
  }

  private func next() -> Data? { waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() } }

  private func deliver(_ event: Data, _ pauses: [Duration], _ logger: Logger) async {
    for pause in pauses.map(Optional.some) + [nil] {
      guard let refusal = await post(event) else { return metrics.toldWebhook(.sent) }
      guard let pause, !refusal.isFinal else {
        metrics.toldWebhook(.failed)
        return logger.error("an event was not sent to the webhook", metadata: ["reason": "\(refusal.reason)"])
      }
      guard (try? await Task.sleep(for: pause)) != nil else {
        // The server is stopping. The event is among those that are sent last.
        return waiting.withLock { $0.insert(event, at: 0) }
      }
    }
  }

  private func post(_ event: Data) async -> WebhookAddress.Refusal? {
    do {
      return try await thread.run { [address] in address.post(event, within: Self.patience) }
    } catch {
      return WebhookAddress.Refusal(reason: "\(error)", isFinal: false)
    }
  }
}

/// Runs the webhook as a service beside the routes.
struct WebhookService: Service {
  let webhook: Webhook
  let logger: Logger

  func run() async { await webhook.run(logger: logger) }
}
