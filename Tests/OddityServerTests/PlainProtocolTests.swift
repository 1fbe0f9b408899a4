import Foundation
import HTTPTypes
import Hummingbird
import Oddity
import Testing

@testable import OddityServer

struct PlainProtocolTests {
  private static let score = "/v1/models/net/score"

  @Test func anImageIsScoredAsTheLibraryScoresIt() async throws {
    let server = try await ServerFixture()
    let expected = try await server.detector.score(ServerFixture.picture(), name: "x")
    try await server.test { client in
      let response = try await client.execute(
        uri: Self.score, method: .post, body: ByteBuffer(bytes: ServerFixture.picture()))
      let answer = try response.json
      #expect(response.status == .ok)
      #expect((answer["score"] as? NSNumber)?.floatValue == expected.score)
      #expect((answer["p_value"] as? NSNumber)?.floatValue == expected.pValue)
      #expect(answer["outlier"] as? Bool == expected.isOutlier)
      #expect(answer["class"] as? Int == expected.classIndex)
      #expect(answer["label"] is NSNull)
      let scores = try #require(answer["scores"] as? [String: NSNumber])
      #expect(scores["energy"]?.floatValue == expected.scores["energy"])
    }
  }

  /// An answer has the fields of a verdict that the description lists, in the same order.
  @Test func theDescriptionNamesTheFieldsOfAVerdict() async throws {
    let server = try await ServerFixture()
    let image = try await server.detector.score(ServerFixture.picture(), name: "x")
    let keys = Verdict(image).json.members.map(\.key)
    #expect(keys == ["score", "p_value", "outlier", "class", "label", "confidence", "scores"])
    #expect(Verdict(image).cells.count == Verdict.headings(server.detector.guarded.metadata).count)
    let document = OpenAPIDocument(models: ["net"], hasKeys: true).json.line
    let json = try JSONDecoder().decode(Description.self, from: Data(document.utf8))
    let verdict = try #require(json.components.schemas["Verdict"])
    #expect(
      Set(verdict.properties.map { Array($0.keys) } ?? []) == Set(keys + ["name", "calibrated_confidence"]))
    #expect(verdict.required == keys.dropLast())
  }

  private struct Description: Decodable {
    struct Components: Decodable { let schemas: [String: Schema] }
    struct Schema: Decodable {
      struct Property: Decodable {}
      let properties: [String: Property]?
      let required: [String]?
    }
    let components: Components
  }

  @Test(arguments: ["a b", "é", "a\"<b>&'x", "x-y_z.1", "100%"])
  func aModelOfAnyNameIsReached(_ name: String) async throws {
    let fixture = try await ServerFixture()
    let server = try OddityServer([(name, fixture.detector)])
    let encoded = try #require(name.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
    let client = RouterClient(responder: server.router().buildResponder())
    for (uri, method) in [
      ("/v1/models/\(encoded)/score", HTTPRequest.Method.post), ("/v2/models/\(encoded)", .get),
      ("/v1/models/\(encoded)/drift", .get),
    ] {
      let body = method == .post ? ByteBuffer(bytes: ServerFixture.picture()) : nil
      #expect(try await client.execute(uri: uri, method: method, body: body).status == .ok)
    }
    let page = try await client.execute(uri: "/", method: .get)
    #expect(!String(buffer: page.body).contains("<b>"))
  }

  @Test func aListInJSONIsScoredInItsOrder() async throws {
    let server = try await ServerFixture()
    let pictures = [0, 60, 120].map { ServerFixture.picture($0) }
    let expected = try await pictures.asyncMap { try await server.detector.score($0, name: "x").score }
    let images = pictures.map { ["data": Data($0).base64EncodedString()] }
    let body = try JSONSerialization.data(withJSONObject: ["images": images])
    try await server.test { client in
      let response = try await client.execute(
        uri: Self.score, method: .post, headers: [.contentType: "application/json; charset=utf-8"],
        body: ByteBuffer(bytes: body))
      let answers = try #require(try response.json["images"] as? [[String: Any]])
      #expect(answers.map { ($0["score"] as? NSNumber)?.floatValue } == expected)
    }
  }

  /// Base64 may contain line breaks, and the body may name the source.
  @Test func whatListsMaySay() async throws {
    let server = try await ServerFixture()
    let expected = try await server.detector.score(ServerFixture.picture(), name: "x").score
    let text = Data(ServerFixture.picture()).base64EncodedString(options: .lineLength76Characters)
    let body = try JSONSerialization.data(
      withJSONObject: ["source": "door", "images": [["name": "a", "data": text], ["data": "AAAA"]]])
    try await server.test { client in
      let response = try await client.execute(
        uri: Self.score, method: .post, headers: [.contentType: "application/json"],
        body: ByteBuffer(bytes: body))
      let answers = try #require(try response.json["images"] as? [[String: Any]])
      #expect(
        (answers[0]["score"] as? NSNumber)?.floatValue == expected && answers[0]["name"] as? String == "a")
      #expect(answers[1]["name"] as? String == "image 1" && answers[1]["error"] is String)
      let drift = try await client.execute(uri: "/v1/models/net/drift", method: .get).json
      #expect((drift["sources"] as? [[String: Any]])?.first?["source"] as? String == "door")
    }
  }

  @Test(
    arguments: [
      ("multipart/form-data; boundary=x", nil, 400, "cut short"),
      ("multipart/form-data", nil, 400, "boundary"),
      (nil, "gzip", 415, "gzip"),
    ] as [(String?, String?, Int, String)])
  func whatIsNoFileIsRefused(type: String?, encoding: String?, status: Int, reason: String) async throws {
    var headers: HTTPFields = [:]
    headers[.contentType] = type
    headers[.contentEncoding] = encoding
    let fields = headers
    try await ServerFixture().test { client in
      let response = try await client.execute(
        uri: Self.score, method: .post, headers: fields, body: ByteBuffer(bytes: ServerFixture.picture()))
      #expect(response.status.code == status && response.problem?.contains(reason) == true)
    }
  }

  /// The message names the kind of the bytes, and how to send them.
  @Test(
    arguments: [
      ("application/x-www-form-urlencoded", Array("\u{89}PNG without line ends".utf8), 422, "--data-binary"),
      (nil, Array(#" {"images": []}"#.utf8), 415, "application/json"),
      (nil, [0x1F, 0x8B, 8, 0], 415, "gzip"),
      (nil, [UInt8](repeating: 0, count: 257) + Array("ustar".utf8), 415, "application/x-tar"),
    ] as [(String?, [UInt8], Int, String)])
  func otherBodiesAreToldApart(type: String?, body: [UInt8], status: Int, reason: String) async throws {
    var headers: HTTPFields = [:]
    headers[.contentType] = type
    let fields = headers
    try await ServerFixture().test { client in
      let response = try await client.execute(
        uri: Self.score, method: .post, headers: fields, body: ByteBuffer(bytes: body))
      #expect(response.status.code == status && response.problem?.contains(reason) == true)
      // If it contains line ends and zero bytes, it was sent with 'curl --data-binary'.
      let whole = try await client.execute(
        uri: Self.score, method: .post, headers: [.contentType: "application/x-www-form-urlencoded"],
        body: ByteBuffer(bytes: ServerFixture.picture()))
      #expect(whole.status == .ok)
    }
  }

  @Test func aMisspeltParameterIsRefused() async throws {
    try await ServerFixture().test { client in
      let response = try await client.execute(
        uri: Self.score + "?sauce=door", method: .post, body: ByteBuffer(bytes: ServerFixture.picture()))
      #expect(response.status == .badRequest && response.problem?.contains("'sauce'") == true)
    }
  }

  /// Client errors are reported as problem details, and the server continues.
  @Test(arguments: [
    ("/v1/models/none/score", "x", 404, "no model 'none'"), (score, "", 400, "body is empty"),
    (score, "no image", 422, "the image"), ("/v1/nothing", "", 404, "this path does not exist"),
  ])
  func mistakesAreProblems(uri: String, body: String, status: Int, reason: String) async throws {
    let server = try await ServerFixture()
    try await server.test { client in
      let response = try await client.execute(uri: uri, method: .post, body: ByteBuffer(string: body))
      #expect(response.status.code == status)
      #expect(response.problem?.contains(reason) == true, "\(String(buffer: response.body))")
      let alive = try await client.execute(uri: "/v2/health/ready", method: .get)
      #expect(alive.status == .ok)
    }
  }

  @Test(arguments: ["{", #"{"images": 3}"#, #"{"images": []}"#, #"{"images": [{"data": "%"}]}"#])
  func jsonThatIsNoListIsABadRequest(body: String) async throws {
    try await ServerFixture().test { client in
      let response = try await client.execute(
        uri: Self.score, method: .post, headers: [.contentType: "application/json"],
        body: ByteBuffer(string: body))
      #expect(response.status == .badRequest)
      #expect(response.problem != nil)
    }
  }

  @Test func whatIsTooLargeIsRefused() async throws {
    var limits = ServerLimits()
    limits.bodyBytes = 100
    try await ServerFixture(limits: limits).test { client in
      let response = try await client.execute(
        uri: Self.score, method: .post, body: ByteBuffer(bytes: ServerFixture.picture()))
      #expect(response.status == .contentTooLarge && response.problem != nil)
    }
    limits = ServerLimits()
    limits.pixels = 40 * 30 - 1
    try await ServerFixture(limits: limits).test { client in
      let response = try await client.execute(
        uri: Self.score, method: .post, body: ByteBuffer(bytes: ServerFixture.picture()))
      #expect(response.status == .contentTooLarge && response.problem?.contains("40×30") == true)
    }
  }
}
