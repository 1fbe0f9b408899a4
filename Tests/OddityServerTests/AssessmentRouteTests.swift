import Foundation
import Hummingbird
import Oddity
import Testing
import TestSupport

@testable import OddityServer

/// `POST /v1/models/NAME/assess`.
@Suite struct AssessmentRouteTests {
  private struct Gate: Decodable {
    let gate: String
    let passes: Bool
  }

  private struct Answer: Decodable {
    struct Shift: Decodable { let p_value: Double }
    let images: Int
    let flagged: Double
    let shift: Shift
    let gates: [Gate]
    let accuracy_withheld: String?
  }

  private func body(_ count: Int) throws -> ByteBuffer {
    let images = (0..<count).map { position -> [String: String] in
      ["name": "photo \(position)", "data": Data(ServerFixture.picture(3 * position)).base64EncodedString()]
    }
    return ByteBuffer(bytes: try JSONSerialization.data(withJSONObject: ["images": images]))
  }

  @Test func aBatchIsAssessed() async throws {
    try await ServerFixture().test { client in
      let answer = try await client.execute(
        uri: "/v1/models/net/assess?max-outliers=1&shift-alpha=0.001", method: .post,
        headers: [.contentType: "application/json"], body: body(20))
      #expect(answer.status == .ok)
      let found = try JSONDecoder().decode(Answer.self, from: Data(buffer: answer.body))
      #expect(found.images == 20 && (0...1).contains(found.flagged) && found.accuracy_withheld != nil)
      #expect(found.gates.map(\.gate) == ["max-outliers", "shift-alpha"] && found.gates[0].passes)
      #expect(found.shift.p_value > 0 && found.shift.p_value <= 1)
    }
  }

  @Test(arguments: [
    ("?max-outliers=2", 20, 400), ("?source=x", 20, 400), ("?min-accuracy=high", 20, 400),
    ("?shift-alpha=0.0005", 20, 400), ("", 15, 422),
  ])
  func whatCannotBeAssessedIsRefused(query: String, images: Int, status: Int) async throws {
    try await ServerFixture().test { client in
      let answer = try await client.execute(
        uri: "/v1/models/net/assess\(query)", method: .post, headers: [.contentType: "application/json"],
        body: body(images))
      #expect(answer.status.code == status)
    }
  }
}
