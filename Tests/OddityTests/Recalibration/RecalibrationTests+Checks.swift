import Foundation
import Imaging
import OpenVINORuntime
import TestSupport
import Testing

@testable import Oddity

/// What a recalibration refuses before an image is scored, and what it warns of.
extension RecalibrationTests {
  /// An engine that must not be asked for.
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
      try await expectRefusal(source, calibration: [new], .usage, "how frequent classes are") {
        $0.resets = true
        $0.calibrationScope = .byClass
      }
    }
    let source = try await fit(calibration: [images(60, seed: 2)])
    try await expectRefusal(source, calibration: [new], .tooFewCalibrationImages, "150 calibration images") {
      $0.alpha = try Alpha(parsing: "0.001")
    }
    try await expectRefusal(source, calibration: [new], .usage, "confidence 2") { $0.confidence = 2 }
    try await expectRefusal(source, .usage, "pass new ones with --calibration") { $0.resets = true }
  }

}
