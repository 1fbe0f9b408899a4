import ONNXGraph
import OpenVINORuntime
import TestSupport
import Testing

@testable import Oddity

/// FeatureNorm of every block and all logit scores, as the engine computes them, against PyTorch in float64.
struct ProbeTests {
  @Test(arguments: Fixtures.fittable)
  func normsAndScoresEqualPyTorchs(_ name: String) async throws {
    let expected = try #require(Fixtures.expected()[name])
    let engine = try Engine()
    let classifier = try Classifier(Model(contentsOf: Fixtures.url(name)), engine: engine)
    let run = try await ProbeRun(
      classifier, candidates: classifier.blocks, scores: ScoreName.allCases,
      images: Fixtures.url(expected.input), engine: engine)
    // The exporters round the folded weights of a half-precision network once more.
    let tolerance = name.hasPrefix("float16") ? 1e-2 : 1e-5
    for (column, block) in try #require(expected.blocks).enumerated() {
      expectClose(
        try run.values(column), block.featureNorm, within: tolerance, "\(name): \(block.tensor)")
    }
    for score in [ScoreName.msp, .maxlogit, .energy] {
      let column = try #require(run.probe.column(of: score, block: 0))
      let known = try #require(expected.scores?[score.rawValue])
      expectClose(try run.values(column), known, within: tolerance, "\(name): \(score.rawValue)")
    }
  }
}
