import Foundation
import Imaging
import Engines
import Testing
import TestSupport

@testable import OddityFiles
@testable import OddityFit
@testable import OddityModel
@testable import OddityStatistics

/// Errors of a recalibration before an image is scored, and its warnings.
extension RecalibrationTests {
  /// An engine that must not be used.
  private func noEngine() throws -> Engine {
    Issue.record("an image would have been scored")
    return try Engine()
  }

  private func expectRefusal(
    _ source: GuardedModel, calibration: [any ImageSource] = [], _ code: OddityError.Code, _ reason: String,
    _ change: (inout RecalibrationOptions) throws -> Void = { _ in }
  ) async throws {
    var options = RecalibrationOptions()
    try change(&options)
    let error = await #expect(throws: OddityError.self) {
      try await Recalibration(source, calibration: calibration, options: options, engine: noEngine())
    }
    #expect(error?.code == code && error?.message.contains(reason) == true, "\(error?.message ?? "")")
  }

  @Test func mistakesAreSaidBeforeAnImageIsScored() async throws {
    let new = try images(90, seed: 3)
    for sample in ["guarded.v1.onnx", "guarded.v2.onnx"] {
      let source = try GuardedModel(contentsOf: Fixtures.url(sample))
      try await expectRefusal(source, calibration: [new], .usage, "does not carry its calibration scores")
      try await expectRefusal(source, calibration: [new], .usage, "how frequent its classes are") {
        $0.resets = true
        $0.calibrationScope = .byClass
      }
    }
    let source = try await fit(calibration: [images(60, seed: 2)])
    try await expectRefusal(source, calibration: [new], .tooFewCalibrationImages, "150 calibration images") {
      $0.alpha = try Alpha(parsing: "0.001")
    }
    try await expectRefusal(source, calibration: [new], .usage, "confidence 2") { $0.confidence = 2 }
    try await expectRefusal(source, .usage, "pass new ones with `calibration`") { $0.resets = true }
  }

  /// Recalibrated files of earlier versions still lack data that only a fit can compute, and the message says
  /// so.
  @Test func whatARecalibratedEarlierFileLacksIsSaid() async throws {
    var options = RecalibrationOptions()
    options.resets = true
    let recalibrated = try await Recalibration(
      GuardedModel(contentsOf: Fixtures.url("guarded.v1.onnx")), calibration: [images(100, seed: 6)],
      options: options, engine: Engine()
    ).guarded
    try await expectRefusal(recalibrated, .usage, "does not store how frequent its classes are") {
      $0.calibrationScope = .byClass
    }
    let error = #expect(throws: OddityError.self) { try recalibrated.verification() }
    #expect(error?.message.contains("format version") == false)
  }

  @Test func aConfidenceStaysOrIsDropped() async throws {
    let source = try await fit(calibration: [images(150, seed: 2)]) { $0.confidence = 0.9 }
    var options = RecalibrationOptions()
    options.alpha = try Alpha(parsing: "0.1")
    let kept = try await Recalibration(source, options: options, engine: Engine())
    #expect(kept.guarded.metadata.confidence == 0.9 && kept.report.confidence == 0.9)
    options.dropsConfidence = true
    let dropped = try await Recalibration(source, options: options, engine: Engine())
    #expect(dropped.guarded.metadata.confidence == nil && dropped.guarded.metadata.calibrationRank == 15)
  }

  /// Scores of two engines are not combined.
  @Test func originsDoNotMix() async throws {
    let source = try await fit(calibration: [images(60, seed: 2)])
    #expect(source.metadata.calibrationOrigin == .images)
    let file = try ScoreFile((0..<60).map { "\($0)" }.joined(separator: "\n"), path: "scores.txt")
    let given = try Recalibration(source, scores: file)
    #expect(given.guarded.metadata.calibrationOrigin == .scores)
    #expect(given.report.warning?.contains("the given scores are distributed differently from") == true)
    let new = try images(90, seed: 3)
    try await expectRefusal(
      given.guarded, calibration: [new], .usage, "cannot be combined with scores of this one")
    var options = RecalibrationOptions()
    options.alpha = try Alpha(parsing: "0.1")
    let another = try await Recalibration(given.guarded, options: options, engine: Engine()).guarded
    #expect(another.metadata.calibrationOrigin == .scores)
    try await expectRefusal(another, .usage, "calibrated on scores without classes") {
      $0.calibrationScope = .byClass
    }
    options.resets = true
    let reset = try await Recalibration(another, calibration: [new], options: options, engine: Engine())
    #expect(reset.guarded.metadata.calibrationOrigin == .images && reset.report.warning == nil)
  }

  @Test func scoresAreFoundByTheirNames() async throws {
    let source = try await fit(calibration: [images(60, seed: 2)])
    func sample(_ line: String) throws -> CalibrationSample {
      try ScoreFile(Array(repeating: line, count: 40).joined(separator: "\n"), path: "scores.jsonl")
        .calibrationSample(of: source.metadata)
    }
    #expect(
      try sample("{\"scores\": {\"energy\": 2, \"other\": 1}}").scores == Array(repeating: 2, count: 40))
    #expect(try sample("{\"score\": 3, \"scores\": {\"energy\": 2}, \"class\": 1}").scores[0] == 2)
    #expect(try sample("{\"score\": 3, \"scores\": {\"knn+norm\": 2}}").scores[0] == 3)
    for (line, reason) in [
      (
        "{\"score\": 3, \"scores\": {\"msp\": 2, \"gen\": 1}}",
        "holds the scores gen, msp, which the model does not have"
      ),
      ("{\"scores\": {\"knn+norm\": 2}}", "neither \"score\" nor energy"),
      ("{\"score\": 3, \"class\": 10}", "has the class 10, but the classes of the model are 0 to 9"),
      ("{\"score\": 3, \"class\": -1}", "has the class -1"),
    ] {
      let error = #expect(throws: OddityError.self) { try sample(line) }
      #expect(error?.code == .badData && error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }
  }

  /// If there are too few images of each class, all classes are one group, and the output says so.
  @Test func aSingleGroupIsSaid() async throws {
    let source = try await fit(calibration: [images(150, seed: 2)])
    var options = RecalibrationOptions()
    options.calibrationScope = .byClass
    options.alpha = try Alpha(parsing: "0.01")
    let report = try await Recalibration(source, options: options, engine: Engine()).report
    #expect(report.calibrationGroups?.count == 1)
    #expect(report.warning?.contains("all 10 classes form one group") == true, "\(report.warning ?? "")")
  }
}
