import Foundation
import Engines
import Testing
import TestSupport

@Suite struct PrecisionTests {
  /// On a processor with native bfloat16, the engine uses it unless it is disabled. There, this test shows
  /// that f32 is the default, and that bf16 differs. Elsewhere, bf16 is refused.
  @Test(.enabled(if: TestedEngine.isOpenVINO, "it computes in the network's precision"))
  func bfloat16IsAnExplicitChoice() async throws {
    let reference = try EngineReference.load()
    let images = reference.images(7)
    let expected = try reference.rows(7, of: "logits")
    let precise = try await reference.compile("dynamic")
      .infer(images.values, shape: images.shape, outputs: ["logits"])
    #expect(try difference(#require(precise["logits"]).floats, expected) < 1e-5)
    do {
      let model = try reference.compile("dynamic", .init(precision: .bf16))
      let coarse = try await model.infer(images.values, shape: images.shape, outputs: ["logits"])
      let error = try difference(#require(coarse["logits"]).floats, expected)
      #expect(error > 1e-5 && error < 2e-2)
      #expect(try Self.processorFlags().contains("bf16"))
    } catch let error as EngineError {
      #expect(error.code == .unsupportedPrecision)
      #expect(try !Self.processorFlags().contains("bf16"))
    }
  }

  private static func processorFlags() throws -> String {
    try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
  }
}
