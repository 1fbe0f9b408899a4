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
    let images = try images(of: Fixtures.url(expected.input), for: classifier)
    let tensors = try await model.infer(
      images.flatMap(\.self), shape: [images.count] + inputShape(classifier), outputs: probe.outputs)
    // The exporters round the folded weights of a half-precision network once more.
    let tolerance = name.hasPrefix("float16") ? 1e-2 : 1e-5
    for (output, block) in zip(probe.outputs, try #require(expected.blocks)) {
      expectClose(
        try tensors.floats(output), block.featureNorm, within: tolerance, "\(name): \(block.tensor)")
    }
    for score in [ScoreName.msp, .maxlogit, .energy] {
      let column = try #require(probe.column(of: score, block: 0))
      let known = try #require(expected.scores?[score.rawValue])
      expectClose(
        try tensors.floats(probe.outputs[column]), known, within: tolerance, "\(name): \(score.rawValue)")
    }
  }

  private func inputShape(_ classifier: Classifier) throws -> [Int] {
    try #require(classifier.image.shape).dropFirst().map { try #require($0) }
  }

  /// The images of a NumPy file, [N, C, H, W], in the layout that the classifier takes.
  private func images(of file: URL, for classifier: Classifier) throws -> [[Float]] {
    let reader = try ImageSources.open(file.path).reader(selecting: nil)
    let wanted = try inputShape(classifier)
    var images: [[Float]] = []
    while let (_, payload) = try reader.next() {
      guard case .tensor(let values, let shape) = try payload.get() else { continue }
      images.append(shape == wanted ? values : channelsLast(values, shape))
    }
    return images
  }

  private func channelsLast(_ values: [Float], _ shape: [Int]) -> [Float] {
    let (channels, pixels) = (shape[0], shape[1] * shape[2])
    return (0..<pixels).flatMap { pixel in (0..<channels).map { values[$0 * pixels + pixel] } }
  }

  private func expectClose(_ values: [Float], _ expected: [Double], within tolerance: Double, _ what: String)
  {
    #expect(values.count == expected.count, "\(what)")
    for (value, known) in zip(values, expected) {
      let error = abs(Double(value) - known) / max(1e-6, abs(known))
      #expect(error <= tolerance, "\(what): \(value) instead of \(known)")
    }
  }
}
