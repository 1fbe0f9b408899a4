import Foundation
import HTTPTypes
import Oddity
import Testing

@testable import OddityServer

struct KeyTests {
  private static let first = "0123456789abcdef"
  private static let second = "fedcba9876543210-longer"

  private func server() async throws -> ServerFixture {
    var options = ServerOptions()
    options.keys = try APIKeys("# for tests\n\(Self.first)\r\n\n  \(Self.second)  \n", from: "keys")
    return try await ServerFixture(options: options)
  }

  private static func basic(_ password: String) -> String {
    "Basic " + Data("anyone:\(password)".utf8).base64EncodedString()
  }

  @Test func whoHasAKeyIsLetIn() async throws {
    try await server().test { client in
      for value in ["Bearer \(Self.first)", "bearer \(Self.second)", Self.basic(Self.first)] {
        let response = try await client.execute(
          uri: "/v1/models", method: .get, headers: [.authorization: value])
        #expect(response.status == .ok, "\(value)")
      }
    }
  }

  @Test(arguments: [
    nil, "", "Bearer", "Bearer ", "Bearer 0123456789abcde", "Bearer 0123456789abcdef0", "Basic !",
    "Basic " + "0123456789abcdef",
    "Digest 0123456789abcdef", "Bearer # for tests",
  ])
  func othersAreNot(_ value: String?) async throws {
    try await server().test { client in
      for uri in ["/", "/v1/models", "/v2/models/net", "/metrics", "/openapi.json", "/nothing"] {
        let headers: HTTPFields = value.map { [.authorization: $0] } ?? [:]
        let response = try await client.execute(uri: uri, method: .get, headers: headers)
        #expect(response.status == .unauthorized && response.problem != nil, "\(uri)")
        #expect(response.headers[.wwwAuthenticate]?.contains("Bearer") == true)
      }
      for uri in ["/v2/health/live", "/v2/health/ready"] {
        #expect(try await client.execute(uri: uri, method: .get).status == .ok)
      }
    }
  }

  @Test(arguments: ["", "\n# nothing\n", "short"])
  func filesWithoutGoodKeysAreRefused(_ text: String) {
    #expect(throws: OddityError.self) { try APIKeys(text, from: "keys") }
  }
}
