import Foundation
import HTTPTypes
import Hummingbird
import Imaging
import Oddity
import Testing

@testable import OddityServer

struct InferenceProtocolTests {
  private static let infer = "/v2/models/net/infer"

  @Test func serverAndModelDescribeThemselves() async throws {
    let server = try await ServerFixture()
    let metadata = server.detector.guarded.metadata
    try await server.test { client in
      #expect(try await client.execute(uri: "/v2", method: .get).json["name"] as? String == "oddity")
      for path in ["/v2/health/live", "/v2/health/ready", "/v2/models/net/ready"] {
        #expect(try await client.execute(uri: path, method: .get).status == .ok)
      }
      let model = try await client.execute(uri: "/v2/models/net", method: .get).json
      let inputs = try #require(model["inputs"] as? [[String: Any]])
      #expect(inputs[0]["name"] as? String == metadata.input)
      #expect(inputs[0]["shape"] as? [Int] == [-1, 3, 32, 32])
      #expect(inputs[1]["name"] as? String == "encoded_images" && inputs[1]["shape"] as? [Int] == [-1])
      let outputs = try #require(model["outputs"] as? [[String: Any]])
      let names = ["ood_score", "ood_score.energy", "ood_p_value", "ood_is_outlier"]
      #expect(outputs.compactMap { $0["name"] as? String } == [metadata.logits] + names)
      let other = try await client.execute(uri: "/v2/models/net/versions/2", method: .get)
      #expect(other.status == .notFound && other.problem != nil)
    }
  }

  @Test(arguments: [false, true])
  func tensorsAreScoredAsTheLibraryScoresThem(isBinary: Bool) async throws {
    let server = try await ServerFixture()
    let values = ServerFixture.tensors(3, seed: 9)
    let inputs = try (0..<3).map {
      try server.detector.input(
        .tensor(Array(values[$0 * 3_072..<($0 + 1) * 3_072]), shape: [3, 32, 32]), name: "x")
    }
    let expected = try await server.detector.score(inputs)
    let request = try InferenceBody(
      input: server.detector.guarded.metadata.input, shape: [3, 3, 32, 32], floats: values, isBinary: isBinary
    )
    try await server.test { client in
      let response = try await client.execute(
        uri: Self.infer, method: .post, headers: request.headers, body: ByteBuffer(bytes: request.bytes))
      #expect(response.status == .ok, "\(String(buffer: response.body))")
      let answer = try InferenceReply(response)
      #expect(answer.id == "42")
      #expect(answer.floats["ood_score"] == expected.map(\.image.score))
      #expect(answer.floats["ood_p_value"] == expected.map(\.image.pValue))
      #expect(answer.floats[server.detector.guarded.metadata.logits] == expected.flatMap(\.logits))
    }
  }

  @Test func imageFilesAreScoredAsBytes() async throws {
    let server = try await ServerFixture()
    let expected = try await server.detector.score(ServerFixture.picture(), name: "x")
    let text = Data(ServerFixture.picture()).base64EncodedString()
    let body = """
      {"inputs": [{"name": "encoded_images", "shape": [1], "datatype": "BYTES", "data": ["\(text)"]}],
       "outputs": [{"name": "ood_score"}]}
      """
    try await server.test { client in
      let response = try await client.execute(uri: Self.infer, method: .post, body: ByteBuffer(string: body))
      #expect(try InferenceReply(response).floats == ["ood_score": [expected.score]])
    }
  }

  @Test(arguments: [
    ("{", "it is not JSON"), ("[]", "the wrong type"), ("{}", "'inputs' is missing"),
    (#"{"inputs": []}"#, "one input"),
    (#"{"inputs": [{"name": "a", "shape": [1], "datatype": "INT8", "data": [1]}]}"#, "INT8"),
    (#"{"inputs": [{"name": "a", "shape": [2], "datatype": "FP32", "data": [1]}]}"#, "1 values"),
    (
      #"{"inputs": [{"name": "a", "shape": [1,1,1,1,1,1,1,1,1], "datatype": "FP32", "data": [1]}]}"#,
      "9 sides"
    ),
    (#"{"inputs": [{"name": "a", "shape": [1], "datatype": "FP32", "data": [1]}]}"#, "takes '"),
    (#"{"inputs": [{"name": "a", "shape": [-1, -1], "datatype": "FP32", "data": [1]}]}"#, "1 values"),
    (
      #"{"inputs": [{"name": "a", "shape": [4611686018427387904, 4], "datatype": "FP32", "data": []}]}"#,
      "0 values"
    ),
    (#"{"inputs": [{"name": "a", "shape": [1], "datatype": "FP32"}]}"#, "neither"),
    (
      #"{"inputs": [{"name": "a", "shape": [1], "datatype": "FP32", "parameters": {"binary_data_size": 4}}]}"#,
      "0 are there"
    ),
    (#"{"inputs": [{"name": "a", "shape": [1], "datatype": "BYTES", "data": ["%"]}]}"#, "base64"),
    (#"{"inputs": [{"name": "image", "shape": [1], "datatype": "UINT8", "data": [256]}]}"#, "holds 256.0"),
    (#"{"inputs": [{"name": "image", "shape": [1], "datatype": "UINT8", "data": [-1]}]}"#, "0 to 255"),
    (#"{"inputs": [{"name": "image", "shape": [1], "datatype": "UINT8", "data": [0.5]}]}"#, "holds 0.5"),
    (
      #"{"inputs": [{"name": "image", "shape": [1, 1, 1, 3], "datatype": "UINT8", "data": [1, 2]}]}"#,
      "has 2 values, but its shape is [1, 1, 1, 3]"
    ),
    (
      #"{"inputs": [{"name": "image", "shape": [1, 1, 1, 3], "datatype": "UINT8", "data": [[[[1, 2, []]]]]}]}"#,
      "flat"
    ),
    (
      #"{"inputs": [{"name": "image", "shape": [1, 1, 1, 3], "datatype": "UINT8", "data": [[[[1, 2], 3]]]}]}"#,
      "'inputs.Index 0.data.Index 0.Index 0.Index 1' has the wrong type"
    ),
  ])
  func mistakesAreBadRequests(body: String, reason: String) async throws {
    try await ServerFixture().test { client in
      let response = try await client.execute(uri: Self.infer, method: .post, body: ByteBuffer(string: body))
      #expect(response.status == .badRequest)
      #expect(response.problem?.contains(reason) == true, "\(String(buffer: response.body))")
    }
  }
}

extension InferenceProtocolTests {
  /// Nested lists need more memory than their bytes, so parsing stops early.
  @Test(.timeLimit(.minutes(20)), arguments: ["[],", "[[[[]]]],", "[1],"])
  func millionsOfListsAreRefusedSoon(_ list: String) async throws {
    let data = String(repeating: list, count: 1_000_000) + "[1]"
    let body = #"{"inputs": [{"name": "a", "shape": [1], "datatype": "FP32", "data": [\#(data)]}]}"#
    try await ServerFixture().test { client in
      let response = try await client.execute(
        uri: "/v2/models/net/infer", method: .post, body: ByteBuffer(string: body))
      #expect(response.status == .badRequest && response.problem?.contains("send its values flat") == true)
    }
  }
}
