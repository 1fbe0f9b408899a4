import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import OddityServer

/// Over sockets, mounted in an application of one's own.
struct LiveServerTests {
  /// The client waits for 20 seconds, but other tests may keep all threads of the pool for longer: then it begins again.
  @Test func itWorksMountedInAnotherApplication() async throws {
    for _ in 0..<30 {
      do {
        return try await tryMounted()
      } catch let error as TestClient.Error where error == .readTimeout { continue }
    }
    Issue.record("no thread was free")
  }

  private func tryMounted() async throws {
    let fixture = try await ServerFixture()
    let expected = try await fixture.detector.score(ServerFixture.picture(), name: "x")
    let server = try OddityServer([("net", fixture.detector)])
    let logger = ServerFixture.silent
    let application = Application(
      router: server.router(), configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      services: server.services(logger: logger), logger: logger)
    try await application.test(.live) { client in
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
}
