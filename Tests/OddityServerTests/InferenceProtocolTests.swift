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
      input: server.detector.guarded.metadata.input, shape: [3, 3, 32, 32], values: values, isBinary: isBinary
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
    ("{", "no JSON"), ("[]", "another type"), ("{}", "'inputs' is missing"),
    (#"{"inputs": []}"#, "one input"),
    (#"{"inputs": [{"name": "a", "shape": [1], "datatype": "INT8", "data": [1]}]}"#, "INT8"),
    (#"{"inputs": [{"name": "a", "shape": [2], "datatype": "FP32", "data": [1]}]}"#, "1 values"),
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
  /// Lists within lists cost more than their bytes: they end early.
  @Test(.timeLimit(.minutes(20)), arguments: ["[],", "[[[[]]]],", "[1],"])
  func millionsOfListsAreRefusedSoon(_ list: String) async throws {
    let data = String(repeating: list, count: 1_000_000) + "[1]"
    let body = #"{"inputs": [{"name": "a", "shape": [1], "datatype": "FP32", "data": [\#(data)]}]}"#
    try await ServerFixture().test { client in
      let response = try await client.execute(
        uri: "/v2/models/net/infer", method: .post, body: ByteBuffer(string: body))
      #expect(response.status == .badRequest && response.problem != nil)
    }
  }
}

/// A request as a client of the protocol writes it.
private struct InferenceBody {
  var headers: HTTPFields = [:]
  let bytes: Data

  init(input: String, shape: [Int], values: [Float], isBinary: Bool) throws {
    var tensor: [String: Any] = ["name": input, "shape": shape, "datatype": "FP32"]
    var request: [String: Any] = ["id": "42"]
    let binary = values.withUnsafeBytes { Data($0) }
    if isBinary {
      tensor["parameters"] = ["binary_data_size": binary.count]
      request["parameters"] = ["binary_data_output": true]
    } else {
      tensor["data"] = values.map(Double.init)
    }
    request["inputs"] = [tensor]
    let header = try JSONSerialization.data(withJSONObject: request)
    if isBinary {
      headers[try #require(InferenceAnswer.headerLength)] = "\(header.count)"
    }
    bytes = isBinary ? header + binary : header
  }
}

/// An answer as a client of the protocol reads it.
private struct InferenceReply {
  var id: String?
  var floats: [String: [Float]] = [:]

  init(_ response: TestAnswer) throws {
    let bytes = Data(response.body.readableBytesView)
    let length = response.headers[try #require(InferenceAnswer.headerLength)].flatMap(Int.init)
    let header = try JSONSerialization.jsonObject(with: bytes.prefix(length ?? bytes.count))
    let fields = try #require(header as? [String: Any])
    id = fields["id"] as? String
    var rest = bytes.dropFirst(length ?? bytes.count)
    for output in try #require(fields["outputs"] as? [[String: Any]]) {
      let name = try #require(output["name"] as? String)
      if let size = (output["parameters"] as? [String: Int])?["binary_data_size"] {
        let own = Data(rest.prefix(size))
        rest = rest.dropFirst(size)
        guard output["datatype"] as? String == "FP32" else { continue }
        floats[name] = stride(from: 0, to: size, by: 4).map { place in
          Float(bitPattern: own[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
        }
      } else if output["datatype"] as? String == "FP32" {
        floats[name] = try #require(output["data"] as? [NSNumber]).map(\.floatValue)
      }
    }
  }
}
