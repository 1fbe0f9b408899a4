import ArgumentParser
import Foundation
import Imaging
import Oddity
import Engines

/// `oddity fit --from`: another calibration of a guarded model, without a fit.
extension FitCommand {
  func recalibrate(_ path: String, to output: String, _ console: Console) async throws {
    let file = try AtomicFile(path: output)
    let guarded = try GuardedModel(contentsOf: URL(filePath: path))
    if raw.rawInput { try guarded.checkRawInput() }
    let recalibrated = try await recalibrated(guarded, console)
    console.endProgress()
    for failure in recalibrated.failures { console.warn("\(failure)") }
    for warning in recalibrated.report.warningsToSay { console.warn(warning.text) }
    let written =
      raw.rawInput
      ? try await recalibrated.guarded.takingRawInput(
        engine: engine.open(), options: engine.runOptions(console))
      : recalibrated.guarded
    try written.write(to: file)
    var report = recalibrated.report
    report.output = output
    try ResultWriter.print(
      report, asJSON: json, text: report.text(labels: recalibrated.guarded.metadata.labels))
    if !recalibrated.failures.isEmpty { throw Stop(status: .inputFailed, message: nil) }
  }

  private func recalibrated(_ guarded: GuardedModel, _ console: Console) async throws -> Recalibration {
    var options = RecalibrationOptions()
    options.alpha = falseAlarms.alpha
    options.confidence = falseAlarms.confidence?.share
    options.dropsConfidence = falseAlarms.confidence.map { $0.share == nil } ?? false
    options.calibrationScope = falseAlarms.calibrationBy
    options.resets = recalibration.resetCalibration
    options.run = engine.runOptions(console)
    if let scores = recalibration.calibrationScores {
      return try Recalibration(guarded, scores: ScoreFile(path: scores), options: options)
    }
    let calibration = try images.calibration.map { try ImageSources.open($0) }
    if raw.rawInput { try FittedInputs(calibration).checkRawInput() }
    return try await Recalibration(guarded, calibration: calibration, options: options, engine: engine.open())
  }

  /// Refuses options of a fit, because nothing is fitted with --from.
  func refuseWhatFits() throws {
    if let model {
      throw ValidationError("leave \(model) out: with --from, the classifier is inside the guarded model")
    }
    if recalibration.calibrationScores != nil, !images.calibration.isEmpty {
      throw ValidationError(
        "--calibration-scores does not work with --calibration: pass scores or images, not both")
    }
    let given: [(String, Bool)] = [
      ("--id", !images.id.isEmpty), ("--preprocess", classifier.preprocess != nil),
      ("--labels", classifier.labels != nil), ("--head", classifier.head != nil),
      ("--input", tensors.input != nil),
      ("--logits", tensors.logits != nil), ("--report", reporting.report != nil),
    ]
    if let flag = (given + method.given).first(where: \.1)?.0 {
      throw ValidationError(
        "\(flag) changes how a model is fitted, but --from only recalibrates: leave it out")
    }
    let changes = [
      falseAlarms.alpha != nil, falseAlarms.confidence != nil, falseAlarms.calibrationBy != nil,
      !images.calibration.isEmpty, recalibration.calibrationScores != nil, recalibration.resetCalibration,
      raw.rawInput,
    ]
    if !changes.contains(true) {
      throw ValidationError(
        "--from changes nothing by itself: pass another --alpha, --confidence or --calibration-by, more "
          + "images with --calibration, scores with --calibration-scores, or --raw-input")
    }
  }
}
