import Foundation
import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityFiles
@testable import OddityFit
@testable import OddityModel
@testable import OddityScores
@testable import OddityStatistics

/// Copies that a converter to half precision has rewritten are recalibrated in single precision.
struct ConvertedCopyTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func converted(_ flags: [String], byClass: Bool = false) async throws -> GuardedModel {
    var options = FitOptions.paper
    options.scores = try ["energy", "featurenorm"].map { try ScoreName(parsing: $0) }
    options.calibrationScope = byClass ? .byClass : .all
    let fit = try await Fit(
      model: Fixtures.url("residual.dyn.onnx"),
      inDistribution: [SyntheticImages(count: 120, seed: 1, in: folder).source],
      calibration: [SyntheticImages(count: 150, seed: 2, in: folder).source], options: options,
      engine: Engine())
    let (path, copy) = (folder.path("guarded.onnx"), folder.path("half.onnx"))
    try fit.guarded.write(to: path)
    _ = try PythonReference.run("half_precision.py", arguments: [path, copy] + flags)
    return try GuardedModel(contentsOf: URL(filePath: copy))
  }

  /// ONNX Runtime's p-values are the ranks of its own scores among the known scores.
  @Test(arguments: [["--keep-io-types"], []], [false, true])
  func recalibratedCopiesAreRight(_ flags: [String], _ byClass: Bool) async throws {
    var guarded = try await converted(flags, byClass: byClass)
    for rate in ["0.1", "0.2"] {
      var options = RecalibrationOptions()
      options.alpha = try Alpha(parsing: rate)
      options.calibrationScope = .all
      guarded = try await Recalibration(guarded, options: options, engine: Engine()).guarded
    }
    let path = folder.path("recalibrated.onnx")
    try guarded.write(to: path)
    let answer = try GuardedAnswer.ofONNXRuntime(path, SyntheticImages(count: 80, seed: 9, in: folder))
    let known = try #require(try guarded.calibrationSample()).scores
    for (score, (pValue, isOutlier)) in zip(answer.ood_score, zip(answer.ood_p_value, answer.ood_is_outlier))
    {
      let count = known.count { $0 <= Float(score) }
      #expect(abs(pValue - Double(1 + count) / 151) < 1e-6)
      #expect(isOutlier == (1 + count <= 30))
    }
  }

  /// The same by class. Leftover nodes of the converter do not interfere.
  @Test func copiesCanBeCalibratedByClass() async throws {
    var options = RecalibrationOptions()
    options.calibrationScope = .byClass
    let guarded = try await Recalibration(
      converted(["--keep-io-types"]), options: options, engine: Engine()
    ).guarded
    let path = folder.path("class.onnx")
    try guarded.write(to: path)
    let images = try SyntheticImages(count: 80, seed: 9, in: folder)
    _ = try PythonReference.run(
      "model_reference.py",
      arguments: ["guarded", path, Fixtures.url("residual.dyn.onnx").path, "--input", images.url.path])
    #expect(guarded.metadata.calibrationGroups != nil)
  }

  /// If other nodes read a verdict, they would still read the old one.
  @Test func verdictsThatAreReadCannotBeReplaced() async throws {
    let copy = try await converted([])
    var appendix = Appendix(to: copy.model, scope: "further/")
    appendix.addOutput(
      .!Tensor(named: GuardedModel.Output.isOutlier, type: .bool), as: "known", type: .bool)
    let path = folder.path("further.onnx")
    try appendix.appended(to: copy.model).write(to: URL(filePath: path))
    let further = try GuardedModel(contentsOf: URL(filePath: path))
    let error = await #expect(throws: OddityError.self) {
      try await Recalibration(further, engine: Engine())
    }
    #expect(error?.code == .badModel && error?.message.contains("read 'ood_is_outlier'") == true)
  }

  /// The copy itself scores new images.
  @Test func newImagesAreScoredByTheCopy() async throws {
    let recalibration = try await Recalibration(
      converted(["--keep-io-types"]), calibration: [SyntheticImages(count: 90, seed: 3, in: folder).source],
      engine: Engine())
    #expect(recalibration.report.calibrationImages == 240 && recalibration.failures.isEmpty)
  }
}
