import Foundation
import Imaging
import Engines
import Testing
import TestSupport

@testable import OddityClassifier
@testable import OddityFiles
@testable import OddityFit
@testable import OddityModel
@testable import OddityScores
@testable import OddityStatistics

/// A recalibrated model gives the same results as a fit with that calibration.
struct RecalibrationTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func images(_ count: Int, seed: UInt64) throws -> any ImageSource {
    try SyntheticImages(count: count, seed: seed, in: folder).source
  }

  func fit(
    _ network: String = "residual.dyn.onnx", calibration: [any ImageSource],
    _ change: (inout FitOptions) throws -> Void = { _ in }
  ) async throws -> GuardedModel {
    var options = FitOptions.paper
    options.scores = try ["energy", "knn+norm"].map { try ScoreName(parsing: $0) }
    try change(&options)
    return try await Fit(
      model: Fixtures.url(network), inDistribution: [images(120, seed: 1)], calibration: calibration,
      options: options, engine: Engine()
    ).guarded
  }

  private func verdicts(_ guarded: GuardedModel) async throws -> [(Float, Bool)] {
    var verdicts: [(Float, Bool)] = []
    try await Detector(guarded, engine: Engine()).score(images(80, seed: 9)) {
      let image = try $0.result.get()
      verdicts.append((image.pValue, image.isOutlier))
    }
    return verdicts
  }

  private func expectSame(_ recalibrated: GuardedModel, _ fitted: GuardedModel) async throws {
    #expect(recalibrated.metadata.threshold == fitted.metadata.threshold)
    #expect(recalibrated.metadata.calibrationRank == fitted.metadata.calibrationRank)
    #expect(recalibrated.metadata.calibrationGroups == fitted.metadata.calibrationGroups)
    #expect(recalibrated.metadata.alpha == fitted.metadata.alpha)
    let pairs = zip(try await verdicts(recalibrated), try await verdicts(fitted))
    #expect(pairs.allSatisfy { $0 == $1 })
    #expect(recalibrated.model.graph.outputs.map(\.name) == fitted.model.graph.outputs.map(\.name))
  }

  @Test(arguments: ["residual.dyn.onnx", "float16.ts.onnx", "opset11.ts.onnx", "fixed_batch.dyn.onnx"])
  func anotherRateIsThatOfAFit(_ network: String) async throws {
    let calibration = try images(150, seed: 2)
    let source = try await fit(network, calibration: [calibration])
    let wanted = try await fit(network, calibration: [calibration]) { $0.alpha = try Alpha(parsing: "0.2") }
    var options = RecalibrationOptions()
    options.alpha = try Alpha(parsing: "0.2")
    let recalibration = try await Recalibration(source, options: options, engine: Engine())
    #expect(recalibration.report.knownImages == 150 && recalibration.report.newImages == 0)
    #expect(recalibration.report.warning == nil)
    try await expectSame(recalibration.guarded, wanted)
  }

  @Test(arguments: ["residual.dyn.onnx", "float16.dyn.onnx", "fixed_batch.ts.onnx"])
  func byClassAndBack(_ network: String) async throws {
    let calibration = try images(150, seed: 2)
    let pooled = try await fit(network, calibration: [calibration])
    let wanted = try await fit(network, calibration: [calibration]) { $0.calibrationScope = .byClass }
    var options = RecalibrationOptions()
    options.calibrationScope = .byClass
    let byClass = try await Recalibration(pooled, options: options, engine: Engine()).guarded
    try await expectSame(byClass, wanted)
    options.calibrationScope = .all
    try await expectSame(Recalibration(byClass, options: options, engine: Engine()).guarded, pooled)
  }

  /// Groups are determined again from the images of the fit part, for the requested rate.
  @Test func byClassAtAnotherRate() async throws {
    let calibration = try images(250, seed: 2)
    let source = try await fit(calibration: [calibration]) { $0.calibrationScope = .byClass }
    let wanted = try await fit(calibration: [calibration]) {
      $0.calibrationScope = .byClass
      $0.alpha = try Alpha(parsing: "0.3")
    }
    var options = RecalibrationOptions()
    options.alpha = try Alpha(parsing: "0.3")
    try await expectSame(Recalibration(source, options: options, engine: Engine()).guarded, wanted)
  }

  @Test func newImagesJoinTheKnownOnes() async throws {
    let (first, second) = try (images(150, seed: 2), images(90, seed: 3))
    let wanted = try await fit(calibration: [first, second])
    let recalibration = try await Recalibration(
      fit(calibration: [first]), calibration: [second], engine: Engine())
    #expect(recalibration.report.calibrationImages == 240 && recalibration.report.newImages == 90)
    #expect(recalibration.report.warning == nil)
    try await expectSame(recalibration.guarded, wanted)
    let twice = try await Recalibration(recalibration.guarded, calibration: [second], engine: Engine())
    #expect(twice.report.warning?.contains("90 of 90 new calibration images have exactly the scores") == true)
  }

  /// Scores that are rounded to bfloat16 are equal by chance.
  @Test func coarseScoresAreNoCopies() {
    let scores = SyntheticImages.values(count: 2, shape: [1, 20, 25], seed: 4)
    func rounded(_ values: some Sequence<Float>) -> [Float] {
      values.map { Float(bitPattern: $0.bitPattern & 0xFFFF_0000) }
    }
    for count in [100, 150, 500] {
      let (known, new) = (scores.prefix(count), scores.dropFirst(500))
      #expect(RecalibrationWarning.newImages(rounded(new), known: rounded(known))?.code != .calibrationCopies)
    }
    let known = scores.prefix(500)
    #expect(RecalibrationWarning.newImages(Array(known), known: Array(known))?.code == .calibrationCopies)
  }

  @Test func aResetForgetsTheKnownOnes() async throws {
    let (first, second) = try (images(150, seed: 2), images(90, seed: 3))
    let source = try await fit(calibration: [first])
    var options = RecalibrationOptions()
    options.resets = true
    let recalibration = try await Recalibration(
      source, calibration: [second], options: options, engine: Engine())
    #expect(recalibration.report.knownImages == 0)
    try await expectSame(recalibration.guarded, fit(calibration: [second]))
    await #expect { try await Recalibration(source, options: options, engine: Engine()) } throws: {
      ($0 as? OddityError)?.code == .usage
    }
  }

  @Test func aDriftIsWarnedOf() async throws {
    let source = try await fit(calibration: [images(150, seed: 2)])
    var values: [Float] = []
    let plain = SyntheticImages.values(count: 90, seed: 3)
    for value in plain { values.append(0.2 * value + 2) }
    let url = folder.url.appending(path: "drifted.npy")
    try NumPyFile.write(values, shape: [90, 3, 32, 32], to: url)
    let report = try await Recalibration(
      source, calibration: [ImageSources.open(url.path)], engine: Engine()
    ).report
    #expect(report.warning?.contains("`resets`") == true)
  }

  /// An image with values that are not finite is reported and left out, as in a fit.
  @Test func imagesWithoutAScoreAreFailures() async throws {
    var values = SyntheticImages.values(count: 30, seed: 3)
    values[5 * 3 * 32 * 32] = .nan
    let url = folder.url.appending(path: "nan.npy")
    try NumPyFile.write(values, shape: [30, 3, 32, 32], to: url)
    let recalibration = try await Recalibration(
      fit(calibration: [images(150, seed: 2)]), calibration: [ImageSources.open(url.path)],
      engine: Engine())
    #expect(recalibration.failures.count == 1 && recalibration.report.newImages == 29)
  }

  /// A score that is not calibrated may be NaN on some images. The verification inputs leave them out.
  @Test func scoresThatAreNotFiniteDoNotStopAVerification() async throws {
    let guarded = try await fit(calibration: [images(150, seed: 2)])
    var other = (0..<150).map { Float($0) }
    other[3] = .nan
    let verification = try await Verification(
      guarded, calibrate: [(0..<150).map(Float.init), other], engine: Engine(), options: RunOptions())
    #expect(verification.scores[1].mean.isFinite && verification.scores[1].std > 0)
    _ = try verification.json()
  }

  @Test func scoresOfAnotherEngineCalibrate() async throws {
    let calibration = try images(150, seed: 2)
    let source = try await fit(calibration: [images(60, seed: 5)])
    var lines: [String] = []
    try await Detector(source, engine: Engine()).score(calibration) {
      let image = try $0.result.get()
      lines.append("{\"score\": \(image.score), \"class\": \(image.classIndex)}")
    }
    let file = try ScoreFile(lines.joined(separator: "\n"), path: "scores.jsonl")
    try await expectSame(Recalibration(source, scores: file).guarded, fit(calibration: [calibration]))
    var byClass = RecalibrationOptions()
    byClass.calibrationScope = .byClass
    try await expectSame(
      Recalibration(source, scores: file, options: byClass).guarded,
      fit(calibration: [calibration]) { $0.calibrationScope = .byClass })
    let numbers = try ScoreFile("1\n2.5\n\n" + (0..<40).map { "\($0)\n" }.joined(), path: "numbers.txt")
    #expect(try Recalibration(source, scores: numbers).report.calibrationImages == 42)
    #expect(throws: OddityError.self) { try Recalibration(source, scores: numbers, options: byClass) }
  }

  @Test(arguments: ["", "1\nx", "{\"p_value\": 1}", "[1]"])
  func filesThatHoldNoScoresAreRefused(_ text: String) {
    let error = #expect(throws: OddityError.self) { try ScoreFile(text, path: "scores.txt") }
    #expect(error?.code == .badData && error?.message.contains("scores.txt") == true)
  }

  /// Files of earlier versions do not contain their scores, but they can be recalibrated with new images.
  @Test(arguments: ["guarded.v1.onnx", "guarded.v2.onnx"])
  func earlierVersionsNeedImages(_ sample: String) async throws {
    let source = try GuardedModel(contentsOf: Fixtures.url(sample))
    let error = await #expect(throws: OddityError.self) { try await Recalibration(source, engine: Engine()) }
    #expect(error?.message.contains("`resets`") == true)
    var options = RecalibrationOptions()
    options.resets = true
    let images = try images(100, seed: 6)
    let recalibrated = try await Recalibration(
      source, calibration: [images], options: options, engine: Engine()
    ).guarded
    var flagged = 0
    try await Detector(recalibrated, engine: Engine()).score(images) {
      flagged += try $0.result.get().isOutlier ? 1 : 0
    }
    // 1 + c ≤ ⌊0.05·101⌋ = 5 is true for the four lowest of the calibration scores.
    #expect(flagged == 4)
    #expect(recalibrated.metadata.format == 4)
  }

  /// Twice recalibrated, with the checker and in ONNX Runtime.
  @Test func recalibratedModelsRunInONNXRuntime() async throws {
    var options = RecalibrationOptions()
    options.calibrationScope = .byClass
    let first = try await Recalibration(
      fit(calibration: [images(150, seed: 2)]), options: options, engine: Engine()
    ).guarded
    options.alpha = try Alpha(parsing: "0.1")
    let guarded = try await Recalibration(first, options: options, engine: Engine()).guarded
    let path = folder.path("recalibrated.onnx")
    try guarded.write(to: path)
    let known = try GuardedAnswer.ofONNXRuntime(path, SyntheticImages(count: 80, seed: 9, in: folder))
    let own = try await verdicts(GuardedModel(contentsOf: URL(filePath: path)))
    #expect(own.map(\.1) == known.ood_is_outlier)
    #expect(zip(own, known.ood_p_value).allSatisfy { abs(Double($0.0) - $1) < 0.02 })
  }
}

extension ScoreFile {
  init(_ text: String, path: String) throws(OddityError) {
    try self.init(Array(text.utf8), path: path)
  }
}
