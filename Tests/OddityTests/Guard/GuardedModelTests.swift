import Foundation
import Imaging
import ONNXGraph
import Engines
import TestSupport

import Testing

@testable import OddityClassifier
@testable import OddityFiles
@testable import OddityFit
@testable import OddityModel
@testable import OddityScores

/// Compares guarded models in ONNX Runtime, as other programs run them, with `Detector`.
struct GuardedModelTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The output of `model_reference.py guarded`, after `onnx.checker`'s full check.
  private struct Answer: Decodable {
    let classifier_outputs_identical: Bool
    /// By batch size, then by output.
    let batches: [String: [String: Values]]

    enum Values: Decodable {
      case numbers([Double])
      case decisions([Bool])

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let decisions = try? container.decode([Bool].self) {
          self = .decisions(decisions)
        } else {
          self = .numbers(try container.decode([Double].self))
        }
      }
    }
  }

  @Test(arguments: [
    "residual.ts.onnx", "residual.dyn.onnx", "vgg.ts.onnx", "preact.dyn.onnx", "mbconv.ts.onnx",
    "mbconv.dyn.onnx", "dense.dyn.onnx", "softmax.ts.onnx", "fixed_batch.ts.onnx", "external.dyn.onnx",
    "opset7.ts.onnx", "opset9.ts.onnx", "opset10.ts.onnx", "opset11.ts.onnx", "opset21.dyn.onnx",
    "unfolded.ts.onnx", "functions.ts.onnx", "float16.ts.onnx",
    "float16.dyn.onnx",
  ])
  func onnxRuntimeAgrees(_ name: String) async throws {
    let images = try SyntheticImages(count: 160, in: folder)
    let (path, detector) = try await guarded(name, images)
    let strangers = try SyntheticImages(count: 70, seed: 99, in: folder)
    var scored: [ScoredImage] = []
    try await detector.score(strangers.source) { scored.append(try $0.result.get()) }
    let answer = try reference(path, original: name, images: strangers)
    #expect(answer.classifier_outputs_identical, "the classifier's own outputs are unchanged")
    for (batch, outputs) in answer.batches {
      for (position, output) in detector.guarded.scoreOutputs.enumerated() {
        try expectClose(
          scored.map { $0.scores.values[position] }, outputs[output], "\(name) \(output), batch \(batch)")
      }
      try expectSameDecisions(scored, outputs, threshold: detector.guarded.metadata.threshold)
    }
  }

  /// In OpenVINO too, appended nodes do not change any bit of the logits for the same batch.
  @Test(arguments: [
    "residual.dyn.onnx", "vgg.ts.onnx", "mbconv.dyn.onnx", "dense.ts.onnx", "unfolded.ts.onnx",
    "float16.dyn.onnx",
  ])
  func theClassifiersOutputsStayAsTheyWere(_ name: String) async throws {
    for (after, before) in try await logits(of: name) { #expect(after == before) }
  }

  /// If a block ends before its norm, OpenVINO fuses sum, norm and activation into the convolution only as
  /// long as nothing else reads the sum. The last one or two bits of the logits may then differ.
  @Test(arguments: ["preact.ts.onnx", "preact.dyn.onnx"])
  func preActivationNetworksDifferInTheLastBitsAtMost(_ name: String) async throws {
    for (after, before) in try await logits(of: name) {
      let largest = before.map(abs).max() ?? 0
      #expect(zip(after, before).allSatisfy { abs($0 - $1) <= 5e-7 * largest })
    }
  }

  /// The guarded model's logits and the original's, for batches of 1 and 7.
  private func logits(of name: String) async throws -> [(after: [Float], before: [Float])] {
    let images = try SyntheticImages(count: 160, in: folder)
    let (path, detector) = try await guarded(name, images)
    let engine = try Engine()
    let logits = detector.guarded.metadata.logits
    let original = try engine.compile(model: Data(contentsOf: Fixtures.url(name)), options: EngineOptions())
    let guarded = try engine.compile(
      model: Data(contentsOf: URL(fileURLWithPath: path)), options: EngineOptions())
    var pairs: [(after: [Float], before: [Float])] = []
    for batch in [1, 7] {
      let shape = [batch, 3, 32, 32]
      let values = (0..<shape.reduce(1, *)).map { sin(Float($0) / 17) }
      let added = [logits, GuardedModel.Output.score, GuardedModel.Output.isOutlier]
      let after = try await guarded.infer(values, shape: shape, outputs: added)
      let before = try await original.infer(values, shape: shape, outputs: [logits])
      pairs.append((try after.floats(logits), try before.floats(logits)))
    }
    return pairs
  }

  @Test func theFileIsTheClassifierWithNodesAppended() async throws {
    let images = try SyntheticImages(count: 160, in: folder)
    let (path, _) = try await guarded("residual.ts.onnx", images)
    let original = try Data(contentsOf: Fixtures.url("residual.ts.onnx"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)).starts(with: original))
  }

  @Test func aPlainClassifierIsNoGuardedModel() throws {
    #expect {
      try GuardedModel(contentsOf: Fixtures.url("residual.ts.onnx"))
    } throws: {
      ($0 as? OddityError)?.code == .notGuarded && "\($0)".contains("with `Fit`")
    }
  }

  /// Every score and composition, in ONNX Runtime, after the checker.
  @Test(arguments: [
    "residual.ts.onnx", "mbconv.dyn.onnx", "opset7.ts.onnx", "opset9.ts.onnx", "opset10.ts.onnx",
    "opset11.ts.onnx", "opset21.dyn.onnx", "float16.dyn.onnx",
  ])
  func onnxRuntimeAgreesOnEveryScore(_ name: String) async throws {
    let images = try SyntheticImages(count: 160, in: folder)
    // ODIN has a separate test, because its step has a sign for each pixel, and engines choose different
    // signs if the gradient is nearly zero. The network has random weights and predicts one class for all of
    // these images. The relation of Gaussian classes to all images is then constant, and without labels there
    // is no temperature.
    let plain = Scores.all.map(\.name).filter { !["tempscale", "kpca-rff"].contains($0) }
    let classifier = try Classifier(Model(contentsOf: Fixtures.url(name)), engine: Engine())
    let names = try plain.map { try ScoreName(parsing: $0) }.filter { score in
      // Not every network has a map directly before its head.
      (try? ScorePlan([score], classifier: classifier)) != nil
    }
    #expect(plain.count - names.count == (name == "mbconv.dyn.onnx" ? 4 : 0))
    let others = try ["ensemble(knn+norm/energy)", "energy*std", "knn*avg@0", "fdbd*max@1"]
      .map { try ScoreName(parsing: $0) }
    let (path, detector) = try await guarded(
      name, images, scores: names + names.compactMap(\.composed) + others)
    let strangers = try SyntheticImages(count: 70, seed: 99, in: folder)
    var scored: [ScoredImage] = []
    try await detector.score(strangers.source) { scored.append(try $0.result.get()) }
    let answer = try reference(path, original: name, images: strangers)
    #expect(answer.classifier_outputs_identical, "the classifier's own outputs are unchanged")
    // A feature's state may be at the boundary of two bins.
    let step = 1 / Double(classifier.featureCount ?? 1)
    for (batch, outputs) in answer.batches {
      for (position, output) in detector.guarded.scoreOutputs.enumerated() {
        try expectAgreement(
          scored.map { $0.scores.values[position] }, outputs[output], "\(output), batch \(batch)",
          steps: output.hasSuffix(".nac") ? step : 0)
      }
    }
  }

  /// The backward and the second forward pass of ODIN.
  @Test(arguments: ["residual.ts.onnx", "vgg.ts.onnx", "mbconv.dyn.onnx"])
  func onnxRuntimeAgreesOnODIN(_ name: String) async throws {
    let images = try SyntheticImages(count: 160, in: folder)
    var options = FitOptions.paper
    options.scores = [try ScoreName(parsing: "odin")]
    let engine = try Engine()
    let fit = try await Fit(
      model: Fixtures.url(name), inDistribution: [images.source], options: options, engine: engine)
    let path = folder.path("odin-\(name)")
    try fit.guarded.write(to: path)
    let strangers = try SyntheticImages(count: 70, seed: 99, in: folder)
    var scored: [Float] = []
    try await Detector(contentsOf: URL(fileURLWithPath: path), engine: engine).score(strangers.source) {
      scored.append(try $0.result.get().score)
    }
    let answer = try reference(path, original: name, images: strangers)
    #expect(answer.classifier_outputs_identical)
    for (batch, outputs) in answer.batches {
      guard case .numbers(let known) = outputs["ood_score"] else { throw MissingOutput(name: name) }
      let spread = (known.max() ?? 0) - (known.min() ?? 0)
      let worst = zip(scored, known).map { abs(Double($0) - $1) }.max() ?? .infinity
      #expect(
        known.count == scored.count && worst <= 1e-2 * spread, "batch \(batch): off by \(worst / spread)")
    }
  }

  /// Scores that multiply by the last layer's weights use those of the classifier.
  @Test(arguments: ["residual.ts.onnx", "vgg.dyn.onnx"])
  func theLastLayersWeightsAreInTheFileOnce(_ name: String) async throws {
    let images = try SyntheticImages(count: 160, in: folder)
    let (_, detector) = try await guarded(
      name, images, scores: [ScoreName.energy.composed ?? .energy, .react, .vra])
    let classifier = try Classifier(Model(contentsOf: Fixtures.url(name)), engine: Engine())
    let features = try #require(classifier.featureCount)
    func matrices(_ model: Model) -> Int {
      model.graph.initializers.values.count { $0.dims.sorted() == [classifier.classes, features].sorted() }
    }
    #expect(matrices(classifier.model) == 1 && matrices(detector.guarded.model) == 1)
  }

  /// Within 1e-5 of the scores' spread and of their size, or within `enlarged` of their spread.
  ///
  /// - Parameter steps: the height of the steps of a step function.
  private func expectAgreement(
    _ values: [Float], _ known: Answer.Values?, _ what: String, steps: Double = 0
  ) throws {
    guard case .numbers(let known) = known else { throw MissingOutput(name: what) }
    let mean = known.reduce(0, +) / Double(known.count)
    let spread = (known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(known.count)).squareRoot()
    let worst = zip(values, known).map { abs(Double($0) - $1) }.max() ?? .infinity
    #expect(
      values.count == known.count
        && worst <= (enlarged(what) ?? 1e-5) * spread + 1e-5 * max(1, abs(mean)) + steps,
      "\(what): off by \(worst)")
  }

  /// The largest allowed difference of scores that magnify rounding differences, as a share of their spread.
  /// Ensembles are steep if scores of the select part are close. The others divide by deviations that random
  /// weights make tiny.
  private func enlarged(_ output: String) -> Double? {
    if output.contains("ensemble") { return 1e-2 }
    return ["mahalanobis", "vim", "gram", "nci"].contains { output.contains($0) } ? 1e-3 : nil
  }

  private func guarded(
    _ name: String, _ images: SyntheticImages, scores: [ScoreName] = ScoreName.standard
  ) async throws -> (String, Detector) {
    var options = FitOptions.paper
    options.scores = scores
    if scores.contains(where: { $0.description == "odin" }) { try options.settings.set("odin.epsilon=0") }
    let engine = try Engine()
    let fit = try await Fit(
      model: Fixtures.url(name), inDistribution: [images.source], options: options, engine: engine)
    let path = folder.path("guarded-\(name)")
    try fit.guarded.write(to: path)
    return (path, try Detector(contentsOf: URL(fileURLWithPath: path), engine: engine))
  }

  private func reference(_ path: String, original: String, images: SyntheticImages) throws -> Answer {
    let output = try PythonReference.run(
      "model_reference.py",
      arguments: ["guarded", path, Fixtures.url(original).path, "--input", images.url.path])
    return try JSONDecoder().decode(Answer.self, from: output)
  }

  private func expectClose(_ values: [Float], _ known: Answer.Values?, _ what: String) throws {
    guard case .numbers(let known) = known else { throw MissingOutput(name: what) }
    #expect(values.count == known.count)
    let worst = zip(values, known).map { abs(Double($0) - $1) / max(1, abs($1)) }.max() ?? 0
    #expect(worst <= 1e-5, "\(what): off by \(worst)")
  }

  /// Scores agree within 1e-5, so decisions agree exactly if the score is farther than that from the
  /// threshold.
  private func expectSameDecisions(
    _ scored: [ScoredImage], _ outputs: [String: Answer.Values], threshold: Double
  ) throws {
    guard case .decisions(let decisions) = outputs[GuardedModel.Output.isOutlier] else {
      throw MissingOutput(name: GuardedModel.Output.isOutlier)
    }
    for (image, decision) in zip(scored, decisions) {
      let isAway = abs(Double(image.score) - threshold) > 1e-4 * max(1, abs(threshold))
      #expect(image.isOutlier == decision || !isAway, "\(image.item.name)")
    }
  }

  private struct MissingOutput: Error { let name: String }
}
