import Foundation
import Imaging
import ONNXGraph
import OpenVINORuntime
import Testing
import TestSupport

@testable import Oddity

/// FeatureNorm of every block and all logit scores, as the engine computes them, against PyTorch in float64.
struct ProbeTests {
  @Test(arguments: Fixtures.fittable)
  func normsAndScoresEqualPyTorchs(_ name: String) async throws {
    let expected = try #require(Fixtures.expected()[name])
    let engine = try Engine()
    let classifier = try Classifier(Model(contentsOf: Fixtures.url(name)), engine: engine)
    let probe = try ProbeGraph(classifier, candidates: classifier.blocks, scores: ScoreName.allCases)
    let model = try engine.compile(model: probe.bytes, options: EngineOptions())
    let values = try await run(model, outputs: probe.outputs, on: Fixtures.url(expected.input), classifier)
    for (column, block) in try #require(expected.blocks).enumerated() {
      expectClose(values.map { $0[column] }, block.featureNorm, "\(name): FeatureNorm of \(block.tensor)")
    }
    for score in [ScoreName.msp, .maxlogit, .energy] {
      let column = try #require(probe.column(of: score, block: 0))
      let known = try #require(expected.scores?[score.rawValue])
      expectClose(values.map { $0[column] }, known, "\(name): \(score.rawValue)")
    }
  }

  /// The outputs for every image of a NumPy file.
  private func run(
    _ model: CompiledModel, outputs: [String], on file: URL, _ classifier: Classifier
  ) async throws -> [[Float]] {
    let preprocessing = try Preprocessing().resolved(inputShape: #require(classifier.image.shape))
    let pipeline = BatchPipeline(preprocessing: preprocessing, model: model, options: RunOptions())
    var rows: [[Float]] = []
    try await pipeline.run(ImageSources.open(file.path)) { batch in
      let tensors = try await model.infer(
        batch.values, shape: [batch.items.count] + preprocessing.sampleShape, outputs: outputs)
      let columns = try outputs.map { try tensors.floats($0) }
      return batch.items.indices.map { image in columns.map { $0[image] } }
    } consume: { outcome in
      rows.append(try outcome.result.get())
    }
    return rows
  }

  private func expectClose(_ values: [Float], _ expected: [Double], _ what: String) {
    #expect(values.count == expected.count, "\(what)")
    for (value, known) in zip(values, expected) {
      let error = abs(Double(value) - known) / max(1e-6, abs(known))
      #expect(error <= 1e-5, "\(what): \(value) instead of \(known)")
    }
  }
}
