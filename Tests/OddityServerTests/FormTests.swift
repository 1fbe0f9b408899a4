import Foundation
import Hummingbird
import Oddity
import Testing
import TestSupport

@testable import OddityServer

/// Images in forms, as `curl -F image=@photo.jpg` sends them.
@Suite struct FormTests {
  private static let score = "/v1/models/net/score"

  /// - Parameter files: the field's name, the file's name, and the content of each file.
  private static func body(
    _ files: [(String, String, [UInt8])], source: String? = nil, end: String = "--\r\n"
  )
    -> ByteBuffer
  {
    var body: [UInt8] = []
    if let source {
      body += Array("--XX\r\nContent-Disposition: form-data; name=\"source\"\r\n\r\n\(source)\r\n".utf8)
    }
    for (field, name, content) in files {
      let head =
        "--XX\r\nContent-Disposition: form-data; name=\"\(field)\"; filename=\"\(name)\"\r\nContent-Type: image/x\r\n\r\n"
      body += Array(head.utf8) + content + Array("\r\n".utf8)
    }
    return ByteBuffer(bytes: body + Array(("--XX" + end).utf8))
  }

  private static func post(_ client: any TestClient, _ body: ByteBuffer, boundary: String = "XX") async throws
    -> TestAnswer
  {
    try await client.execute(
      uri: score, method: .post, headers: [.contentType: "multipart/form-data; boundary=\(boundary)"],
      body: body)
  }

  @Test func oneFileGetsItsVerdict() async throws {
    let server = try await ServerFixture()
    let expected = try await server.detector.score(ServerFixture.picture(), name: "x").score
    try await server.test { client in
      for boundary in ["XX", "\"XX\"", "XX; charset=utf-8", "XX; x-boundary=YY", "\"XX\"; Boundary=YY"] {
        let answer = try await Self.post(
          client, Self.body([("image", "photo.ppm", ServerFixture.picture())]), boundary: boundary)
        #expect(answer.status == .ok)
        #expect((try answer.json["score"] as? NSNumber)?.floatValue == expected)
      }
    }
  }

  @Test func severalFilesGetAListAndMayHaveASource() async throws {
    try await ServerFixture().test { client in
      // A picture may contain line ends and dashes.
      let odd = ServerFixture.picture() + Array("\r\n--X".utf8)
      let answer = try await Self.post(
        client, Self.body([("a", "one.ppm", ServerFixture.picture()), ("b", "", odd)], source: "door"))
      let answers = try #require(try answer.json["images"] as? [[String: Any]])
      #expect(answers.map { $0["name"] as? String } == ["one.ppm", "image 1"])
      #expect(answers.allSatisfy { $0["score"] is NSNumber })
      let drift = try await client.execute(uri: "/v1/models/net/drift", method: .get).json
      #expect((drift["sources"] as? [[String: Any]])?.first?["source"] as? String == "door")
    }
  }

  /// As permitted by RFC 2046, 7578 and 8187.
  @Test(arguments: [
    (#"name=image; filename=photo.ppm"#, "photo.ppm"),
    (#"name="image"; filename="a\"b;c.ppm""#, #"a"b;c.ppm"#),
    (#"filename="x.ppm"; name="image"; filename*=UTF-8''na%C3%AFve.ppm"#, "naïve.ppm"),
    (#"NAME="image"; FileName="C:\photos\x.ppm""#, #"C:\photos\x.ppm"#),
  ])
  func headsMayBeWrittenInManyWays(parameters: String, name: String) throws {
    let text =
      "preamble\r\n--XX  \r\ncontent-disposition: form-data; \(parameters)\r\n\r\nabc\r\n--XXY\r\n--XX--Y\r\n--XX-- \r\nrest"
    let parts = try FormData(Array(text.utf8), contentType: "multipart/form-data; boundary=XX").parts
    #expect(parts.map(\.name) == ["image"] && parts.map(\.fileName) == [name])
    #expect(parts.map { String(decoding: $0.content, as: UTF8.self) } == ["abc\r\n--XXY\r\n--XX--Y"])
  }

  @Test func aFileThatWasSentAsTextIsToldOf() async throws {
    try await ServerFixture().test { client in
      let text = "--XX\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\nphoto.jpg\r\n--XX--\r\n"
      let answer = try await Self.post(client, ByteBuffer(string: text))
      #expect(answer.status == .badRequest)
      #expect(String(buffer: answer.body).contains("-F image=@FILE"))
    }
  }

  @Test func whatIsNoFormIsRefused() async throws {
    try await ServerFixture().test { client in
      let picture = ServerFixture.picture()
      let unfinished = Self.body([("a", "one.ppm", picture)], end: "")
      let nameless = ByteBuffer(string: "--XX\r\nContent-Type: x\r\n\r\nabc\r\n--XX--\r\n")
      let bodies = [
        (unfinished, "XX"), (Self.body([], source: "door"), "XX"), (Self.body([("a", "b", picture)]), "YY"),
        (nameless, "XX"), (ByteBuffer(string: "--XX"), "XX"), (ByteBuffer(string: "--XX\r\n--XX--"), "XX"),
        (ByteBuffer(string: "--XX\r\n--XX\r\n\r\n--XX--\r\n"), "XX"), (ByteBuffer(string: "--XX--"), "XX"),
      ]
      for (body, boundary) in bodies {
        let answer = try await Self.post(client, body, boundary: boundary)
        #expect(answer.status == .badRequest)
      }
    }
  }
}
