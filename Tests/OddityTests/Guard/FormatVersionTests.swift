import Foundation
import Imaging
import Engines
import Testing
import TestSupport

@testable import OddityClassifier
@testable import OddityFiles
@testable import OddityModel
@testable import OddityScores

/// ONNX Runtime's results for a guarded model, from `model_reference.py`.
struct GuardedAnswer: Decodable {
  let batches: [String: Outputs]

  struct Outputs: Decodable {
    let ood_score: [Double]
    let ood_p_value: [Double]
    let ood_is_outlier: [Bool]
  }

  /// The outputs of all images in one batch.
  ///
  /// - Parameter model: the guarded form of the fixture `residual.dyn.onnx`.
  static func ofONNXRuntime(_ model: String, _ images: SyntheticImages) throws -> Outputs {
    let output = try PythonReference.run(
      "model_reference.py",
      arguments: ["guarded", model, Fixtures.url("residual.dyn.onnx").path, "--input", images.url.path])
    return try #require(JSONDecoder().decode(GuardedAnswer.self, from: output).batches.first?.value)
  }
}

/// Guarded models that versions 1 and 2 have written. Every later version can read them.
struct FormatVersionTests {
  private let folder: TemporaryFolder
  private let sample = Fixtures.url("guarded.v1.onnx")

  init() throws { folder = try TemporaryFolder() }

  @Test func versionOneIsReadAndScores() async throws {
    let guarded = try GuardedModel(contentsOf: sample)
    #expect(guarded.metadata.format == 1 && guarded.metadata.state == nil)
    #expect(guarded.metadata.head == nil && guarded.metadata.headKind == .softmax)
    #expect(guarded.metadata.scores == ["featurenorm", "msp", "energy", "maxlogit"])
    #expect(guarded.metadata.labels == ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"])
    #expect(guarded.metadata.block.tensor == "relu_4" && guarded.metadata.calibrationSize == 33)
    let images = try SyntheticImages(count: 70, in: folder)
    let detector = try Detector(guarded, engine: Engine(), measuresNorms: true)
    var scored: [ScoredImage] = []
    try await detector.score(images.source) { scored.append(try $0.result.get()) }
    let known = try GuardedAnswer.ofONNXRuntime(sample.path, images)
    #expect(zip(scored, known.ood_score).allSatisfy { abs(Double($0.score) - $1) <= 1e-5 * max(1, abs($1)) })
    #expect(scored.map(\.isOutlier) == known.ood_is_outlier)
    #expect(scored[0].norms.count == guarded.metadata.blocks.count)
  }

  @Test func versionTwoIsReadAndScores() async throws {
    let sample = Fixtures.url("guarded.v2.onnx")
    let guarded = try GuardedModel(contentsOf: sample)
    #expect(guarded.metadata.format == 2 && guarded.metadata.calibrationScope == nil)
    #expect(guarded.metadata.scores == ["knn", "energy+norm", "featurenorm", "ensemble(knn/energy)"])
    #expect(guarded.metadata.state?[0].values["K"] == .number(5))
    let images = try SyntheticImages(count: 70, in: folder)
    var outliers: [Bool] = []
    try await Detector(guarded, engine: Engine()).score(images.source) {
      outliers.append(try $0.result.get().isOutlier)
    }
    let known = try GuardedAnswer.ofONNXRuntime(sample.path, images)
    #expect(outliers == known.ood_is_outlier)
    let error = #expect(throws: OddityError.self) { try guarded.verification() }
    #expect(error?.message.contains("stores no inputs for a verification") == true)
  }

  @Test func aNewerVersionSaysSo() throws {
    let path = folder.path("newer.onnx")
    let newer = GuardMetadata.currentFormat + 1
    _ = try PythonReference.run("edit_metadata.py", arguments: [sample.path, path, "format=\(newer)"])
    let error = #expect(throws: OddityError.self) { try GuardedModel(contentsOf: URL(filePath: path)) }
    #expect(error?.message.contains("format version \(newer) of a newer Oddity") == true)
  }
}
