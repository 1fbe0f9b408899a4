import Foundation
import HTTPTypes
import Hummingbird
import Imaging
import NIOCore
import Oddity
import Testing

@testable import OddityServer

/// Decoded pictures, UINT8 [N, height, width, 1 or 3], in the Open Inference Protocol.
struct PictureInputTests {
  private static let infer = "/v2/models/net/infer"

  private struct Form: Sendable, CustomTestStringConvertible {
    let count: Int
    var isBinary = false
    var isNested = false

    var testDescription: String { "\(count), \(isBinary ? "binary" : isNested ? "nested" : "flat")" }
  }

  /// Also with more images than a batch of the engine. The bits are equal.
  @Test(arguments: [
    Form(count: 20, isBinary: true), Form(count: 1), Form(count: 2, isNested: true),
  ])
  private func picturesAreScoredAsTheirFiles(_ form: Form) async throws {
    let server = try await ServerFixture()
    let files = (0..<form.count).map { ServerFixture.picture($0 * 11) }
    let request = try InferenceBody(
      input: "image", shape: [form.count, 30, 40, 3], pixels: files.flatMap { $0.suffix(30 * 40 * 3) },
      isBinary: form.isBinary, isNested: form.isNested)
    let list = try JSONSerialization.data(
      withJSONObject: ["images": files.map { ["data": Data($0).base64EncodedString()] }])
    try await server.test { client in
      let plain = try await client.execute(
        uri: "/v1/models/net/score", method: .post, headers: [.contentType: "application/json"],
        body: ByteBuffer(bytes: list))
      let verdicts = try #require(try plain.json["images"] as? [[String: Any]])
      let response = try await client.execute(
        uri: Self.infer, method: .post, headers: request.headers, body: ByteBuffer(bytes: request.bytes))
      let answer = try InferenceReply(response)
      for (output, field) in [("ood_score", "score"), ("ood_p_value", "p_value")] {
        let expected = try verdicts.map { try #require($0[field] as? NSNumber).floatValue }
        #expect(Set(expected).count > 1 || form.count == 1 || field != "score")
        #expect(answer.floats[output] == expected)
      }
    }
  }

  /// Requests of both kinds share the engine's batches, and do not affect each other's answers.
  @Test func picturesAndTensorsShareBatches() async throws {
    let server = try await ServerFixture()
    let values = ServerFixture.tensors(1, seed: 4)
    let picture = ServerFixture.picture(5)
    let tensor = try await server.detector.score([
      server.detector.input(.tensor(values, shape: [3, 32, 32]), name: "x")
    ])[0].image.score
    let file = try await server.detector.score(picture, name: "x").score
    let own = server.detector.guarded.metadata.input
    let requests = try [
      InferenceBody(input: own, shape: [1, 3, 32, 32], floats: values, isBinary: true),
      InferenceBody(
        input: own, shape: [1, 30, 40, 3], pixels: Array(picture.suffix(3_600)), isBinary: true),
    ]
    try await server.test { client in
      try await withThrowingTaskGroup(of: (Int, [Float]?).self) { group in
        for turn in 0..<12 {
          group.addTask {
            let request = requests[turn % 2]
            let response = try await client.execute(
              uri: Self.infer, method: .post, headers: request.headers, body: ByteBuffer(bytes: request.bytes)
            )
            return (turn, try InferenceReply(response).floats["ood_score"])
          }
        }
        for try await (turn, scores) in group { #expect(scores == [turn % 2 == 0 ? tensor : file]) }
      }
    }
  }

  /// A model that was fitted on unprocessed float arrays accepts no pictures in any form.
  @Test func aModelOfArraysAloneRefusesThem() async throws {
    let guarded = try await ServerFixture.fit("residual.ts.onnx", preprocessing: Preprocessing())
    let detector = try Detector(guarded, engine: .init())
    let server = try OddityServer([("net", detector)])
    let client = RouterClient(responder: server.router().buildResponder())
    let request = try InferenceBody(
      input: "image", shape: [1, 30, 40, 3], pixels: Array(ServerFixture.picture().suffix(3_600)),
      isBinary: true)
    let file = try await client.execute(
      uri: "/v1/models/net/score", method: .post, body: ByteBuffer(bytes: ServerFixture.picture()))
    let response = try await client.execute(
      uri: Self.infer, method: .post, headers: request.headers, body: ByteBuffer(bytes: request.bytes))
    #expect(response.status == file.status && response.status.code == 422)
    #expect(response.problem == file.problem && response.problem?.contains("fitted on float arrays") == true)
  }
}
