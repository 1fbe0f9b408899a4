import Engines
import Foundation
import Testing

@testable import OpenVINORuntime

/// The errors for models and batches that the engine cannot process.
@Suite struct RejectionTests {
  let reference: EngineReference

  init() throws { reference = try .load() }

  @Test func unsupportedOperatorIsNamed() throws {
    let error = try #require(throws: EngineError.self) { try reference.compile("unsupported") }
    #expect(error.code == .modelRejected)
    #expect(error.message.contains(/com\.acme.Bogus/))
    #expect(!error.message.contains("src/"))
  }

  @Test(arguments: ["truncated", "text", "empty"]) func noModel(kind: String) throws {
    let whole = try reference.bytes("dynamic")
    let bytes =
      switch kind {
      case "truncated": whole.prefix(whole.count / 2)
      case "text": Data("this is a text file".utf8)
      default: Data()
      }
    let error = try #require(throws: EngineError.self) {
      try Engine().compile(model: bytes, options: .init())
    }
    #expect(error.code == .modelRejected)
    #expect(error.message.contains("cannot read the model"))
  }

  @Test func unknownOutputIsNamed() async throws {
    let model = try reference.compile("dynamic")
    let images = reference.images(1)
    let error = try await #require(throws: EngineError.self) {
      try await model.infer(images.values, shape: images.shape, outputs: ["logits", "nonsense"])
    }
    #expect(error.code == .unreadableOutput)
    #expect(error.message.contains("\"nonsense\""))
  }

  @Test(arguments: [
    [1, 3, 8, 9], [1, 3, 8], [2, 3, 8, 8], [0, 3, 8, 8], [], [-1, 3, 8, 8], [1, 4, 6, 8],
  ])
  func batchThatDoesNotFit(shape: [Int]) async throws {
    let model = try reference.compile("dynamic")
    let error = try await #require(throws: EngineError.self) {
      try await model.infer(reference.images(1).values, shape: shape, outputs: ["logits"])
    }
    #expect(error.code == .shapeMismatch)
  }

  @Test func batchAboveTheFixedOne() async throws {
    let model = try reference.compile("fixed")
    let images = reference.images(5)
    let error = try await #require(throws: EngineError.self) {
      try await model.infer(images.values, shape: images.shape, outputs: ["logits"])
    }
    #expect(error.code == .shapeMismatch)
    #expect(error.message.contains("[4, 3, 8, 8]"))
  }

  @Test func severalInputsAreNamed() async throws {
    let model = try reference.compile("two_inputs")
    let error = try await #require(throws: EngineError.self) {
      try await model.infer([1, 2, 3, 4], shape: [1, 4], outputs: ["y"])
    }
    #expect(error.message.contains("x") && error.message.contains("w"))
  }

  @Test func essentialLinesOfMessages() {
    let shape = """
      Exception from src/inference/src/cpp/core.cpp:105:
      Check 'false' failed at src/frontends/common_translators/src/unconverted_ops_report.cpp:151:
      FrontEnd API failed with OpConversionFailure:
      Model wasn't fully converted. Failed operations detailed log:
      -- MatMul-17 with a message:
      While validating ONNX node '<Node(MatMul): y>': Check 'a || b' failed at src/core/x.hpp:65:
      While validating node 'opset1::MatMul MatMul_25 ()' with friendly_name 'MatMul_25':
      Incompatible MatMul matrix dimension.

      Summary:
      -- Conversion is failed for: MatMul-17

      """
    #expect(
      EngineMessage.essential(of: shape)
        == "MatMul-17 with a message:; Incompatible MatMul matrix dimension.")
    #expect(EngineMessage.essential(of: "Exception from src/a.cpp:1:\n") == "Exception from src/a.cpp:1:")
    #expect(EngineMessage.essential(of: "") == "")
    #expect(EngineMessage.essential(of: String(repeating: "x", count: 1_000)).count == 401)
  }
}
