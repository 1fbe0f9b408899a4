import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Synchronization
import Testing
import TestSupport

@testable import OddityServer

struct OperationsTests {
  @Test func aClientsRequestIDIsTakenOver() async throws {
    let requestID = try #require(HTTPField.Name("X-Request-Id"))
    try await ServerFixture().test { client in
      let own = try await client.execute(uri: "/v2", method: .get, headers: [requestID: "order-17"])
      #expect(own.headers[requestID] == "order-17")
      for bad in ["", "a b", String(repeating: "x", count: 129)] {
        let other = try await client.execute(uri: "/v2", method: .get, headers: [requestID: bad])
        #expect(other.headers[requestID].map { $0 != bad && !$0.isEmpty } == true)
      }
    }
  }

  @Test func browsersAreForbiddenWhatThePageDoesNotNeed() async throws {
    try await ServerFixture().test { client in
      for uri in ["/", "/page.js", "/page.css", "/nothing"] {
        let response = try await client.execute(uri: uri, method: .get)
        #expect(response.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'") == true)
        #expect(response.headers[.xContentTypeOptions] == "nosniff")
      }
    }
  }

  /// Requests beyond the limit are refused before their bodies are read.
  @Test func aServerWithoutRoomRefuses() async throws {
    var limits = ServerLimits()
    limits.concurrentRequests = 0
    try await ServerFixture(limits: limits).test { client in
      let response = try await client.execute(uri: "/v2", method: .get)
      #expect(response.status == .serviceUnavailable && response.problem != nil)
      #expect(response.headers[.retryAfter] == "1")
      for uri in ["/v2/health/live", "/v2/health/ready", "/metrics"] {
        #expect(try await client.execute(uri: uri, method: .get).status == .ok)
      }
    }
  }

  /// A HEAD client would treat a body as the start of the next answer.
  @Test(arguments: ["/nothing", "/v1/models/net/score", "/v2/models/none"])
  func errorsToHeadHaveNoBody(_ uri: String) async throws {
    try await ServerFixture().test { client in
      let response = try await client.execute(uri: uri, method: .head)
      #expect(response.status.code >= 400 && response.body.readableBytes == 0)
    }
  }

  @Test func bodiesBeyondTheBudgetAreRefused() async throws {
    var limits = ServerLimits()
    limits.bodiesBytes = 0
    try await ServerFixture(limits: limits).test { client in
      let response = try await client.execute(
        uri: "/v1/models/net/score", method: .post, body: ByteBuffer(bytes: ServerFixture.picture()))
      #expect(response.status == .serviceUnavailable)
    }
  }

  /// A name of a megabyte is not repeated in the answer.
  @Test func refusalsAreShort() {
    let problem = Problem(.badRequest, "no model '\(String(repeating: "ä", count: 1_000_000))'")
    #expect(problem.detail.utf8.count < 10_000 && problem.detail.hasPrefix("no model 'ä"))
  }

  private struct Family: Decodable {
    let type: String
    let samples: [Sample]
    struct Sample: Decodable {
      let name: String
      let labels: [String: String]
      let value: Double
    }
  }

  /// Prometheus's own parser reads the metrics.
  @Test func metricsAreReadByPrometheus() async throws {
    try await ServerFixture().test { client in
      for _ in 0..<3 {
        let uri = "/v1/models/net/score?source=door"
        _ = try await client.execute(
          uri: uri, method: .post, body: ByteBuffer(bytes: ServerFixture.picture()))
      }
      _ = try await client.execute(uri: "/v1/models/none/score", method: .post, body: ByteBuffer(string: "x"))
      let response = try await client.execute(uri: "/metrics", method: .get)
      let families = try PythonReference.run(
        "prometheus_reference.py", String(buffer: response.body), as: [String: Family].self)
      #expect(families["oddity_images"]?.samples.first?.value == 3)
      let requests = families["oddity_requests"]?.samples ?? []
      #expect(requests.first { $0.labels["status"] == "404" }?.value == 1)
      let drift = families["oddity_drift_images"]?.samples.first
      #expect(drift?.labels == ["model": "net", "source": "door"] && drift?.value == 3)
      let durations = families["oddity_request_duration_seconds"]
      #expect(durations?.type == "histogram")
      #expect(families["oddity_batch_images"]?.samples.last { $0.name.hasSuffix("_sum") }?.value == 3)
    }
  }

  @Test func labelsAreEscaped() throws {
    let registry = PrometheusRegistry(help: [:], buckets: [:])
    let value = "a\"b\\c\nd"
    registry.count(2, "counts", ["name": value])
    registry.set(.infinity, "level", [:])
    let families = try PythonReference.run(
      "prometheus_reference.py", registry.text, as: [String: Family].self)
    #expect(families["counts"]?.samples.first?.labels == ["name": value])
  }

  @Test func logsAreJSONLines() throws {
    let lines = Mutex<[String]>([])
    var logger = Logger(label: "test") { label in
      JSONLogHandler(label: label) { line in lines.withLock { $0.append(line) } }
    }
    logger[metadataKey: "hb.request.id"] = "17"
    logger.warning("a \"quote\"\nand a line", metadata: ["status": .stringConvertible(404)])
    let line = try #require(lines.withLock(\.self).first)
    #expect(line.filter(\.isNewline).count == 1 && line.hasSuffix("\n"))
    let fields = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(
      fields["message"] as? String == "a \"quote\"\nand a line" && fields["request_id"] as? String == "17")
    #expect(fields["level"] as? String == "warning" && fields["status"] as? Int == 404)
    let time = try #require(fields["time"] as? String)
    #expect(throws: Never.self) { try Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(time) }
  }
}
