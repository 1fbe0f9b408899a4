import Foundation
import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityClassifier
@testable import OddityFiles
@testable import OddityFit
@testable import OddityModel
@testable import OddityScores

/// Compares the input's gradient with differences in float64, and checks ODIN's use of it.
struct PerturbedImageTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private struct Request: Encodable {
    let model: String
    let images: String
    let shape: [Int]
    let gradient: [Float]
    let logits: String
    let T: Double
  }

  /// Along the signs of the gradient and along random signs, as shares of its L1 norm.
  @Test(arguments: [
    "residual.ts.onnx", "residual.dyn.onnx", "vgg.ts.onnx", "preact.dyn.onnx", "mbconv.ts.onnx",
    "mbconv.dyn.onnx",
    "dense.ts.onnx", "unfolded.ts.onnx", "functions.ts.onnx", "nhwc.ts.onnx",
    "softmax.ts.onnx",
    "opset11.ts.onnx", "opset21.dyn.onnx",
  ])
  func gradientsEqualDifferences(_ name: String) async throws {
    try await expectDifferences(Fixtures.url(name), images: Fixtures.url("input.npy"))
  }

  /// The exporter computes the padding of the frame from constants.
  @Test func theGradientOfTheDemosNetworkToo() async throws {
    let network = PythonReference.packageRoot.appending(path: "Demo/networks/vgg11.onnx")
    try await expectDifferences(network, images: Fixtures.url("input_grey.npy"))
  }

  private func expectDifferences(_ network: URL, images file: URL) async throws {
    let name = network.lastPathComponent
    let engine = try Engine()
    let classifier = try Classifier(Model(contentsOf: network), engine: engine).withAllShapes(engine: engine)
    let temperature = 2.0
    var appendix = Appendix(to: classifier.engineModel)
    let slope = try appendix.slope(of: classifier, temperature: temperature)
    appendix.addOutput(slope, as: "slope")
    let compiled = try engine.compile(
      model: appendix.appended(to: classifier.engineModel), name: name, options: EngineOptions())
    let shape = try #require(classifier.image.shape).dropFirst().map { try #require($0) }
    let images = try ProbeRun.images(of: file, shape: shape)
    let slopes = try await compiled.infer(
      images.flatMap(\.self), shape: [images.count] + shape, outputs: ["slope"]
    ).floats("slope")
    let pairs = try PythonReference.run(
      "gradient_reference.py",
      Request(
        model: network.path, images: file.path, shape: shape,
        gradient: slopes.map { $0 / Float(temperature) }, logits: classifier.head.logits, T: temperature),
      as: [[Double]].self)
    #expect(pairs.count == 4 * images.count)
    for pair in pairs { #expect(abs(pair[0] - pair[1]) < 1e-4, "\(name): \(pair[1]) instead of \(pair[0])") }
    // The derivative along the gradient's own signs is its L1 norm.
    for pair in pairs.prefix(images.count) { #expect(abs(pair[1] - 1) < 1e-3) }
  }

  /// A step makes the classifier more confident. A step of zero changes nothing.
  @Test(arguments: ["residual.ts.onnx", "mbconv.dyn.onnx"])
  func odinsStepMakesTheClassifierSurer(_ name: String) async throws {
    let images = try SyntheticImages(count: 160, in: folder)
    func scores(_ epsilon: String, _ score: String = "odin") async throws -> [Float] {
      var options = FitOptions.paper
      options.scores = [try ScoreName(parsing: score)]
      try options.settings.set("odin.epsilon=\(epsilon)")
      try options.settings.set("odin.T=1")
      let engine = try Engine()
      let fit = try await Fit(
        model: Fixtures.url(name), inDistribution: [images.source], options: options, engine: engine)
      var scores: [Float] = []
      try await Detector(fit.guarded, engine: engine).score(images.source) {
        scores.append(try $0.result.get().score)
      }
      return scores
    }
    let still = try await scores("0")
    let moved = try await scores("0.0001")
    #expect(zip(still, moved).allSatisfy { $0 < $1 && $1 - $0 < 1 })
    let composed = try await scores("0.0001", "odin+norm")
    #expect(composed != moved && composed.allSatisfy { $0.isFinite })
  }

  @Test func whatHasNoGradientSaysSo() async throws {
    let images = try SyntheticImages(count: 60, in: folder)
    var options = FitOptions.paper
    options.scores = [try ScoreName(parsing: "odin")]
    do {
      _ = try await Fit(
        model: Fixtures.url("float16.ts.onnx"), inDistribution: [images.source], options: options,
        engine: Engine())
      Issue.record("gradients are built in single precision only")
    } catch let error as OddityError {
      #expect(error.code == .usage && error.message.contains("odin.epsilon=0"), "\(error.message)")
    }
  }
}
