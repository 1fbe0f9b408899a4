import Foundation
import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityFit
@testable import OddityModel

/// Models that are too large for one message. Their weights are in a separate file beside the guarded model.
struct ExternalDataTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func weightsThatStayOutsideTravelWithTheGuardedModel() async throws {
    let images = try SyntheticImages(count: 160, in: folder)
    let engine = try Engine()
    let kept = try await guarded(Model(contentsOf: original, embeddingUpTo: 0), images, engine)
    let path = folder.path("guarded.onnx")
    try kept.write(to: path)
    #expect(try folder.contents().contains("guarded.onnx.data"))
    let detector = try Detector(contentsOf: URL(fileURLWithPath: path), engine: engine)
    let inMemory = try Detector(kept, engine: engine)
    let scores = try await scores(detector, images)
    let scoresInMemory = try await self.scores(inMemory, images)
    #expect(scoresInMemory == scores)
    let known = try reference(path, images)
    #expect(known.count == scores.count)
    #expect(zip(scores, known).allSatisfy { abs(Double($0) - $1) <= 1e-5 * max(1, abs($1)) })
  }

  private var original: URL { Fixtures.url("external.dyn.onnx") }

  private func guarded(
    _ model: Model, _ images: SyntheticImages, _ engine: Engine
  ) async throws -> GuardedModel {
    let setup = try FitSetup(model, engine: engine, options: .paper)
    let data = InDistributionData(
      inDistribution: [images.source], calibration: [], limit: nil, seed: 0)
    let summary = try await FitSummary(setup, try await setup.observe(data) { Issue.record($0) })
    return try await summary.guarded(sourceSHA256: "")
  }

  private func scores(_ detector: Detector, _ images: SyntheticImages) async throws -> [Float] {
    var scores: [Float] = []
    try await detector.score(images.source) { scores.append(try $0.result.get().score) }
    return scores
  }

  /// The scores in ONNX Runtime, which reads the weights beside the model.
  private func reference(_ path: String, _ images: SyntheticImages) throws -> [Double] {
    struct Answer: Decodable {
      let classifier_outputs_identical: Bool
      let batches: [String: Scores]

      struct Scores: Decodable { let ood_score: [Double] }
    }
    let output = try PythonReference.run(
      "model_reference.py", arguments: ["guarded", path, original.path, "--input", images.url.path])
    let answer = try JSONDecoder().decode(Answer.self, from: output)
    #expect(answer.classifier_outputs_identical)
    return try #require(answer.batches["7"]).ood_score
  }
}
