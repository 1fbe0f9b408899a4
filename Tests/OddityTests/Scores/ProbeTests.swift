import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityClassifier
@testable import OddityScores

/// Compares FeatureNorm of every block and all logit scores in the engine with PyTorch in float64.
struct ProbeTests {
  @Test(arguments: Fixtures.fittable)
  func normsAndScoresEqualPyTorchs(_ name: String) async throws {
    let expected = try #require(Fixtures.expected()[name])
    let engine = try Engine()
    let classifier = try Classifier(Model(contentsOf: Fixtures.url(name)), engine: engine)
    let run = try await ProbeRun(
      classifier, candidates: classifier.blocks, images: Fixtures.url(expected.input), engine: engine)
    // For a half-precision network, the exporters round the folded weights once more.
    let tolerance = name.hasPrefix("float16") ? 1e-2 : 1e-5
    for (column, block) in try #require(expected.blocks).enumerated() {
      expectClose(
        try run.values(column), block.featureNorm, within: tolerance, "\(name): \(block.tensor)")
    }
    let none = ScoreParameters()
    let scores: [(String, FittedScore)] = [
      ("msp", MaximumSoftmaxProbability().fitted(with: none)),
      ("maxlogit", MaximumLogit().fitted(with: none)), ("energy", Energy().fitted(with: none)),
    ]
    for ((score, _), values) in zip(scores, try await run.scores(scores.map(\.1))) {
      let known = try #require(expected.scores?[score])
      expectClose(values, known, within: tolerance, "\(name): \(score)")
    }
  }
}
