import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import OddityServer

/// Over sockets, and mounted in the user's own application.
struct LiveServerTests {
  @Test func itWorksMountedInAnotherApplication() async throws {
    let fixture = try await ServerFixture()
    let expected = try await fixture.detector.score(ServerFixture.picture(), name: "x")
    let server = try OddityServer([("net", fixture.detector)])
    let services = server.services(logger: ServerFixture.silent)
    try await SocketClient.serving(server.router(), services: services) { client in
      for _ in 0..<3 {
        let response = try await client.execute(
          uri: "/v1/models/net/score", method: .post, body: ByteBuffer(bytes: ServerFixture.picture()))
        #expect((try response.json["score"] as? NSNumber)?.floatValue == expected.score)
      }
      let page = try await client.execute(uri: "/", method: .get)
      #expect(String(buffer: page.body).contains("NormRatio by block"))
      let head = try await client.execute(uri: "/v2", method: .head)
      #expect(head.status == .ok && head.body.readableBytes == 0)
      let wrong = try await client.execute(uri: "/v2", method: .delete)
      #expect(wrong.status == .methodNotAllowed && wrong.headers[.allow] == "GET, HEAD")
    }
  }

  /// Health routes answer while every decoding thread is blocked, and more images wait than there are
  /// threads.
  @Test func healthAnswersWhileAllDecodesAreHeld() async throws {
    let fixture = try await ServerFixture()
    let decoding = BlockingThreads(count: 2)
    let server = try OddityServer([("net", fixture.detector)], options: fixture.options, decoding: decoding)
    let release = DispatchSemaphore(value: 0)
    let held = System.coreCount + 2
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<held { group.addTask { try await decoding.run { release.wait() } } }
      // Additional signals are harmless. With too few, a failing test would never end.
      defer { for _ in 0..<held { release.signal() } }
      try await SocketClient.serving(server.router()) { client in
        let answer = Task {
          try await client.execute(
            uri: "/v1/models/net/score", method: .post, body: ByteBuffer(bytes: ServerFixture.picture()))
        }
        for _ in 0..<20 {
          let health = try await client.execute(uri: "/v2/health/live", method: .get)
          #expect(health.status == .ok)
        }
        for _ in 0..<held { release.signal() }
        #expect(try await answer.value.status == .ok)
      }
      try await group.waitForAll()
    }
    try await decoding.stop()
  }
}
