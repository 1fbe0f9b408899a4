import Foundation
import Imaging
import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityClassifier
@testable import OddityFiles
@testable import OddityFit
@testable import OddityModel
@testable import OddityScores
@testable import OddityStatistics

/// Compares scores that run the classifier on a changed image with ONNX Runtime on that image and NumPy in
/// float64.
struct SecondPassTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private struct Request: Encodable {
    let model: String
    let features: String
    let logits: String
    let map: String
    let layout: MapLayout
    let images: String
    let channels_last: Bool
    var fit = 40
    let seed: UInt64
    var epsilon = 0.5
    var share = 0.05
    let unit: Double
    let pmin: Double
    let pmax: Double
    let weights: [Float]
    let bias: [Float]
    var only_masked = false
  }

  private static let names = ["adascale-a", "adascale-l", "masked-cam"]

  /// A case for each layout of image and map, old and new operator sets, one channel, two classes, and a
  /// network whose own blocks and activations are in other positions.
  @Test(arguments: [
    ("residual.ts.onnx", [0.5], 75.0, 85.0), ("nhwc.ts.onnx", [0.5], 60, 95),
    ("preact.dyn.onnx", [1], 75, 85),
    ("binary.dyn.onnx", [0.3], 40, 85), ("opset7.ts.onnx", [1], 75, 75), ("opset21.dyn.onnx", [0.5], 0, 90),
    ("dense.ts.onnx", [0.5], 75, 85), ("functions.ts.onnx", [0.5], 75, 85),
  ])
  func scoresOfChangedImagesEqualTheReference(
    _ network: String, _ std: [Double], _ lowest: Double, _ highest: Double
  ) async throws {
    let engine = try Engine()
    let classifier = try Classifier(Model(contentsOf: Fixtures.url(network)), engine: engine)
    let head = try await LinearHead(of: classifier, engine: engine)
    let isChannelsLast = network.hasPrefix("nhwc")
    let shape = try #require(classifier.image.shape).dropFirst().compactMap { $0 }
    let images = try SyntheticImages.writeExtremes(
      noise: 90, shape: isChannelsLast ? [shape[2], shape[0], shape[1]] : shape, in: folder)
    var settings = ScoreSettings()
    for name in ["adascale-a", "adascale-l"] {
      try settings.set("\(name).pmin=\(lowest)")
      try settings.set("\(name).pmax=\(highest)")
    }
    let names = try Self.names.map { try ScoreName(parsing: $0) }
    let plan = try ScorePlan(names, settings: settings, classifier: classifier, seed: 9)
    let scale = PixelScale(values: std, dims: [1, 1, 1, 1], layout: isChannelsLast ? .nhwc : .nchw, range: 2)
    let run = try await ProbeRun(
      classifier, candidates: [], taps: plan.taps(at: []), std: scale, images: images, head: head,
      engine: engine)
    let fitted = try names.map {
      try plan.fit($0) { run.fitData(block: ScoreCase().block, parameters: $0, count: 40) }
    }
    let scores = try await run.scores(fitted)
    let map = try classifier.requirePooledMap().map
    let known = try PythonReference.run(
      "second_pass_reference.py",
      Request(
        model: Fixtures.url(network).path, features: try #require(classifier.features).tensor,
        logits: classifier.head.logits, map: map.tensor, layout: map.layout, images: images.path,
        channels_last: isChannelsLast, seed: 9,
        // If values are not divided by a std, a normalised one is a quarter of the range.
        unit: std == [1] ? 0.5 : 1, pmin: lowest, pmax: highest, weights: head.weights, bias: head.bias),
      as: [String: [Double]].self)
    for (name, values) in zip(Self.names, scores) {
      expectAgreement(Array(values[40...]), try #require(known[name]), "\(name) of \(network)")
    }
  }

  /// Logits that are averaged over a map that is not square. On constant images, no position favours the
  /// class more than the others, and nothing is masked.
  @Test func mapsAreMaskedWhereLogitsAreAveraged() async throws {
    let path = folder.path("averaged.onnx")
    _ = try PythonReference.run("averaged_logits_model.py", arguments: [path])
    let engine = try Engine()
    let classifier = try Classifier(Model(contentsOf: URL(fileURLWithPath: path)), engine: engine)
    let head = try await LinearHead(of: classifier, engine: engine)
    #expect(classifier.features?.averagedAxes == [2, 3])
    let images = try SyntheticImages.writeExtremes(noise: 90, shape: [3, 16, 24], in: folder)
    let plan = try ScorePlan([.maskedCAM], classifier: classifier)
    let run = try await ProbeRun(
      classifier, candidates: [], taps: plan.taps(at: []), images: images, head: head, engine: engine)
    let scores = try await run.scores([MaskedCAM().fitted(with: ScoreParameters())])[0]
    let map = try classifier.requirePooledMap().map
    let known = try PythonReference.run(
      "second_pass_reference.py",
      Request(
        model: path, features: map.tensor, logits: classifier.head.logits, map: map.tensor,
        layout: map.layout,
        images: images.path, channels_last: false, fit: 0, seed: 0, unit: 1, pmin: 0, pmax: 0,
        weights: head.weights,
        bias: head.bias, only_masked: true),
      as: [String: [Double]].self)
    expectAgreement(scores, try #require(known["masked-cam"]), "averaged logits")
    #expect(scores.suffix(2).allSatisfy { $0 == 0 } && scores.prefix(90).allSatisfy { $0 > 0 })
  }

  /// For a classifier that is confident on both images, the probabilities of the other classes still differ.
  @Test func sureClassifiersHaveScores() async throws {
    let layout = TapLayout([.logits, .maskedLogits], widths: [3, 3])
    let runner = try ScoreRunner(
      [MaskedCAM().fitted(with: ScoreParameters())], layout: layout, classes: 3,
      like: Model(contentsOf: Fixtures.url("residual.dyn.onnx")), engine: Engine(), options: RunOptions())
    let scores = try await runner.scores([40, 0, 0, 38, 0, 0, 0, 30, 0, 30, 0, 0], count: 2)[0]
    let small = 4 * (exp(-38) - exp(-40)) as Double
    #expect(abs(Double(scores[0]) - small) < 1e-5 * small && abs(scores[1] - 2) < 1e-5)
  }

  @Test func noiseIsOfTheSeedAndOfTheShare() {
    let (first, other) = (
      NoisyImage(epsilon: 0.5, share: 0.05, seed: 1), NoisyImage(epsilon: 0.5, share: 0.05, seed: 2)
    )
    let signs = first.signs(count: 3072)
    #expect(signs.count { $0 != 0 } == 154 && signs.count { $0 > 0 } > 50 && signs.count { $0 < 0 } > 50)
    #expect(signs == first.signs(count: 3072) && signs != other.signs(count: 3072))
  }

  @Test(arguments: [
    ("vgg.ts.onnx", "masked-cam", "does not average a feature map"),
    ("mbconv.ts.onnx", "masked-cam", "further layers"),
    ("no_head.ts.onnx", "adascale-a", "has no linear head"),
  ])
  func whatTheClassifierLacksIsNamed(_ network: String, _ name: String, _ reason: String) throws {
    let classifier = try Classifier(Model(contentsOf: Fixtures.url(network)), engine: Engine())
    let error = #expect(throws: OddityError.self) {
      try ScorePlan([ScoreName(parsing: name)], classifier: classifier)
    }
    #expect(error?.code == .usage && error?.message.contains(reason) == true, "\(error?.message ?? "")")
  }

  @Test func percentilesInTheWrongOrderAreRefused() async throws {
    var settings = ScoreSettings()
    try settings.set("adascale-a.pmin=90")
    let plan = try ScorePlan([.adascaleA], settings: settings)
    let data = try ScoreCase().data(ScoreCase().drawn(), statistics: [])
    let error = #expect(throws: OddityError.self) { try plan.fit(.adascaleA, to: data) }
    #expect(error?.message == "adascale-a.pmin=90 is above adascale-a.pmax=85: choose pmin ≤ pmax")
  }

  @Test func autoDoesNotConsiderThem() throws {
    let classifier = try Classifier(Model(contentsOf: Fixtures.url("residual.ts.onnx")), engine: Engine())
    let candidates = try ScorePlan([.auto], classifier: classifier).candidates
    #expect(!candidates.contains { (Self.names + ["gram"]).contains($0.description) || $0.multiplier != nil })
  }
}
