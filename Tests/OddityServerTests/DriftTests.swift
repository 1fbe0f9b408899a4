import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import Oddity
import Testing
import TestSupport

@testable import OddityServer

struct DriftTests {
  @Test func eachSourceHasAStreamOfItsOwn() async throws {
    try await ServerFixture().test { client in
      for (source, count) in [("door", 3), ("hall", 1)] {
        for _ in 0..<count {
          let uri = "/v1/models/net/score?source=\(source)"
          _ = try await client.execute(
            uri: uri, method: .post, body: ByteBuffer(bytes: ServerFixture.picture()))
        }
      }
      let drift = try await client.execute(uri: "/v1/models/net/drift", method: .get).json
      let sources = try #require(drift["sources"] as? [[String: Any]])
      #expect(sources.map { $0["source"] as? String } == ["door", "hall"])
      #expect(sources.map { $0["images"] as? Int } == [3, 1])
      let restarted = try await client.execute(uri: "/v1/models/net/drift/door", method: .delete).json
      #expect((restarted["sources"] as? [[String: Any]])?.map { $0["source"] as? String } == ["hall"])
      let unknown = try await client.execute(uri: "/v1/models/net/drift/cellar", method: .delete)
      #expect(unknown.status == .notFound && unknown.problem != nil)
    }
  }

  @Test(arguments: ["a%20b", "%3Cb%3E", "", String(repeating: "x", count: 65), "%C3%A9"])
  func badNamesOfSourcesAreRefused(_ name: String) async throws {
    try await ServerFixture().test { client in
      let uri = "/v1/models/net/score?source=\(name)"
      let response = try await client.execute(
        uri: uri, method: .post, body: ByteBuffer(bytes: ServerFixture.picture()))
      #expect(response.status == .badRequest && response.problem?.contains("source") == true)
    }
  }

  /// Images of further sources are still scored.
  @Test func noMoreSourcesThanTheLimitAreWatched() async throws {
    var options = ServerOptions()
    options.drift.streams = 2
    try await ServerFixture(options: options).test { client in
      for source in ["a", "b", "c", "none", "a"] {
        let uri = "/v1/models/net/score?source=\(source)"
        let body = ByteBuffer(bytes: ServerFixture.picture())
        #expect(try await client.execute(uri: uri, method: .post, body: body).status == .ok)
      }
      let drift = try await client.execute(uri: "/v1/models/net/drift", method: .get).json
      let sources = try #require(drift["sources"] as? [[String: Any]])
      #expect(sources.map { $0["source"] as? String } == ["a", "b"])
      let metrics = String(buffer: try await client.execute(uri: "/metrics", method: .get).body)
      #expect(metrics.contains("oddity_unwatched_images_total{model=\"net\"} 1\n"))
      #expect(metrics.contains("source=\"a\""))
      _ = try await client.execute(uri: "/v1/models/net/drift/a", method: .delete)
      let after = String(buffer: try await client.execute(uri: "/metrics", method: .get).body)
      #expect(!after.contains("source=\"a\"") && after.contains("source=\"b\""))
    }
  }

  @Test func anAlarmIsToldOnce() async throws {
    let calibration = try #require(try StreamCalibration(await ServerFixture().detector.guarded))
    let monitor = DriftMonitor(calibration, limits: DriftLimits())
    let alarms = (0..<100).count { _ in
      if case .alarmed = monitor.observe([-1e6, -1e6], of: .unnamed) { true } else { false }
    }
    #expect(alarms == 1)
  }

  @Test func streamsAreKeptBitByBit() async throws {
    let folder = try TemporaryFolder()
    let calibration = try #require(try StreamCalibration(await ServerFixture().detector.guarded))
    var limits = DriftLimits()
    limits.delta = 0.05
    let monitor = DriftMonitor(calibration, limits: limits)
    let names = try [StreamName("door"), StreamName("a.b-c_1")]
    var random = SplitMix64(seed: 2)
    for name in names {
      _ = monitor.observe((0..<500).map { _ in Float(random.nextUnit()) }, of: name)
    }
    let changes = monitor.takeChanges()
    #expect(monitor.takeChanges().isEmpty)
    try StreamStore(path: folder.path("state")).save(changes, of: "net", calibration)
    let store = try StreamStore(path: folder.path("state"))
    let restored = try store.streams(of: "net", calibration)
    #expect(restored.map(\.0) == names)
    #expect(restored.map(\.1) == changes.streams.map(\.stream))
    #expect(try store.streams(of: "other", calibration).isEmpty)

    let second = DriftMonitor(calibration, limits: limits, kept: restored)
    for monitor in [monitor, second] { _ = monitor.observe([0.5, 0.25], of: names[0]) }
    #expect(second.takeChanges().streams.map(\.stream) == monitor.takeChanges().streams.map(\.stream))

    #expect(second.forget(names[0]) && !second.forget(names[0]))
    second.putBack(second.takeChanges())
    try store.save(second.takeChanges(), of: "net", calibration)
    #expect(try store.streams(of: "net", calibration).map(\.0) == [names[1]])
  }

  /// A stream that is forgotten makes space for another one.
  @Test func clientsThatNameNoSourceAreAlwaysLetIn() async throws {
    let calibration = try #require(try StreamCalibration(await ServerFixture().detector.guarded))
    var limits = DriftLimits()
    limits.streams = 1
    let monitor = DriftMonitor(calibration, limits: limits)
    let (door, hall) = try (StreamName("door"), StreamName("hall"))
    _ = monitor.observe([1], of: door)
    guard case .unwatched = monitor.observe([1], of: hall) else {
      Issue.record("there was no room for it")
      return
    }
    _ = monitor.observe([1], of: .unnamed)
    #expect(monitor.forget(door))
    _ = monitor.observe([1], of: hall)
    #expect(monitor.standing.streams.map(\.name) == [.unnamed, hall])
  }

  @Test func oneServerUsesAStateFileAtATime() throws {
    let folder = try TemporaryFolder()
    let first = try StreamStore(path: folder.path("state"))
    let error = #expect(throws: OddityError.self) { try StreamStore(path: folder.path("state")) }
    #expect(error.map { "\($0)".contains("locked") } == true)
    withExtendedLifetime(first) {}
  }

  @Test func aFileThatIsNoStateIsRefused() throws {
    let folder = try TemporaryFolder()
    try Data(repeating: 7, count: 10_000).write(to: folder.url.appending(path: "picture"))
    _ = try DatabaseQueue(path: folder.path("other")).write { try $0.execute(sql: "CREATE TABLE other (x)") }
    for path in [folder.path("picture"), folder.path("other"), folder.path("none/state"), folder.url.path] {
      #expect(throws: OddityError.self) { try StreamStore(path: path) }
    }
  }

  /// The weights of two sources are 1/2 and 1/6, and 1/3 waits.
  @Test func overallWealthIsAFixedAverage() {
    #expect(DriftMonitor.overallLogWealth([]) == 0)
    let two = DriftMonitor.overallLogWealth([log(10), log(0.5)])
    #expect(abs(two - log(10 / 2 + 0.5 / 6 + 1 / 3)) < 1e-12)
    #expect(abs(DriftMonitor.overallLogWealth([Double](repeating: 0, count: 500))) < 1e-12)
    #expect(DriftMonitor.overallLogWealth([5_000, 1]).isFinite)
  }
}

extension Sequence {
  func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
    var values: [Value] = []
    for element in self { values.append(try await transform(element)) }
    return values
  }
}
