import Foundation
import Hummingbird
import NIOCore
import Oddity
import Synchronization
import Testing

@testable import OddityServer

/// Another server that is informed of outliers and alarms.
@Suite struct WebhookTests {
  /// A server that stores its events, after it has refused the first ones.
  private final class Receiver: Sendable {
    let bodies = Mutex<[Data]>([])
    private let refusals: Mutex<[HTTPResponse.Status]>

    init(refusals: [HTTPResponse.Status] = []) { self.refusals = Mutex(refusals) }

    var router: Router<BasicRequestContext> {
      let router = Router()
      router.post("hook") { [self] request, _ in
        let body = try await request.body.collect(upTo: 1 << 20)
        if let refusal = refusals.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
          return Response(status: refusal)
        }
        bodies.withLock { $0.append(Data(body.readableBytesView)) }
        return Response(status: .noContent)
      }
      return router
    }

    func objects() throws -> [[String: Any]] {
      try bodies.withLock(\.self).map {
        try #require(try JSONSerialization.jsonObject(with: $0) as? [String: Any])
      }
    }

    /// Waits until this number of events has arrived, at most 30 s.
    func wait(for count: Int) async throws {
      for _ in 0..<300 where bodies.withLock({ $0.count }) < count {
        try await Task.sleep(for: .milliseconds(100))
      }
    }
  }

  private static func plain(_ level: UInt8) -> [UInt8] {
    Array("P6 40 30 255\n".utf8) + Array(repeating: level, count: 40 * 30 * 3)
  }

  /// A server that informs the receiver.
  private static func serving(
    _ receiver: Receiver, _ body: (SocketClient) async throws -> Void
  ) async throws {
    try await SocketClient.serving(receiver.router) { hook in
      var fixture = try await ServerFixture()
      fixture.options.webhook = try WebhookAddress("http://127.0.0.1:\(hook.port)/hook")
      let server = try OddityServer([("net", fixture.detector)], options: fixture.options)
      let services = server.services(logger: ServerFixture.silent)
      try await SocketClient.serving(server.router(), services: services, body)
    }
  }

  /// An event is sent again after a temporary refusal.
  @Test func itIsToldOfEveryOutlier() async throws {
    let receiver = Receiver(refusals: [.serviceUnavailable])
    try await Self.serving(receiver) { client in
      var outliers = 0
      for image in [Self.plain(0), Self.plain(255), ServerFixture.picture(), ServerFixture.picture(90)] {
        let answer = try await client.execute(
          uri: "/v1/models/net/score?source=door", method: .post, body: ByteBuffer(bytes: image))
        if try answer.json["outlier"] as? Bool == true { outliers += 1 }
      }
      #expect(outliers > 0)
      try await receiver.wait(for: outliers)
      let events = try receiver.objects()
      #expect(events.count == outliers)
      for event in events {
        #expect(event["event"] as? String == "outlier" && event["model"] as? String == "net")
        #expect(event["source"] as? String == "door" && event["outlier"] as? Bool == true)
        #expect(event["p_value"] as? Double ?? 1 <= 0.05 && event["time"] is String)
      }
      let metrics = String(
        buffer: try await client.execute(uri: "/metrics", method: .get, headers: [:], body: nil).body)
      #expect(metrics.contains("oddity_webhook_events_total{result=\"sent\"} \(outliers)"))
    }
  }

  @Test func itIsToldOfAlarms() async throws {
    let receiver = Receiver()
    try await Self.serving(receiver) { client in
      // The same picture again and again.
      for _ in 0..<60 {
        _ = try await client.execute(
          uri: "/v1/models/net/score?source=door", method: .post, body: ByteBuffer(bytes: Self.plain(0)))
      }
      try await receiver.wait(for: 61)
      let alarms = try receiver.objects().filter { $0["event"] as? String == "drift" }
      #expect(alarms.count == 1)
      #expect(alarms.first?["source"] as? String == "door" && alarms.first?["log_wealth"] is Double)
    }
  }

  /// An event that the receiver does not understand is not sent again. An event that cannot be delivered is
  /// dropped.
  @Test func whatIsNotTakenIsCounted() async throws {
    let metrics = ServerMetrics()
    let receiver = Receiver(refusals: [.badRequest])
    let image = try await ServerFixture().detector.score(Self.plain(0), name: "x")
    try await SocketClient.serving(receiver.router) { hook in
      let webhook = Webhook(
        try WebhookAddress("http://127.0.0.1:\(hook.port)/hook"), metrics: metrics,
        pauses: [.milliseconds(1)])
      let service = Task { await WebhookService(webhook: webhook, logger: ServerFixture.silent).run() }
      for _ in 0..<2 { webhook.tell(image, model: "net", source: nil, name: "x") }
      try await receiver.wait(for: 1)
      service.cancel()
    }
    #expect(metrics.text.contains("oddity_webhook_events_total{result=\"failed\"} 1"))
    let nobody = Webhook(try WebhookAddress("http://127.0.0.1:9/"), metrics: metrics, pauses: [])
    for _ in 0..<300 { nobody.tell(image, model: "net", source: nil, name: nil) }
    #expect(metrics.text.contains("oddity_webhook_events_total{result=\"dropped\"} 44"))
  }

  @Test func whatIsNoAddressIsRefused() {
    for text in ["", "alerts.example.com", "ftp://alerts.example.com", "http://", "file:///etc/passwd"] {
      #expect(throws: OddityError.self) { try WebhookAddress(text) }
    }
  }
}
