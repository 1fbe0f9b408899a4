import OddityFiles
import OddityClassifier
import OpenVINORuntime

extension Verification {
  /// Runs a copy of the model and compares.
  ///
  /// - Throws: the engine's errors.
  public func report(
    on guarded: GuardedModel, tolerance: Double = VerificationReport.standardTolerance, engine: Engine,
    options: RunOptions = RunOptions()
  ) async throws -> VerificationReport {
    let values = try await guarded.scores(of: inputs(of: guarded), engine: engine, options: options)
    return VerificationReport(
      zip(scores, values).map { VerificationReport.Score($0, given: $1, tolerance: tolerance) },
      tolerance: tolerance)
  }

  /// Compares with scores that another program computed of the inputs.
  ///
  /// - Throws: ``OddityError`` `.badData` where there are not sixteen rows, one lacks the calibrated score, or scores have
  ///   names of which none is the model's.
  public func report(
    on file: ScoreFile, tolerance: Double = VerificationReport.standardTolerance
  ) throws(OddityError) -> VerificationReport {
    guard file.rows.count == VerificationInputs.count else {
      throw OddityError(
        .badData,
        "\(file.path) has \(file.rows.count) scores, but there are \(VerificationInputs.count) inputs: one line for each"
      )
    }
    _ = try unknownNames(in: file)
    var reports: [VerificationReport.Score] = []
    for (position, expectation) in scores.enumerated() {
      let given = file.column(expectation.name, isCalibrated: position == 0)
      let known = given.compactMap { $0 }
      if known.count == given.count {
        reports.append(VerificationReport.Score(expectation, given: known, tolerance: tolerance))
      } else if position == 0 || !known.isEmpty {
        throw OddityError(.badData, "\(file.path) lacks the score \(expectation.name) of some inputs")
      }
    }
    return VerificationReport(reports, tolerance: tolerance)
  }

  /// Names of scores in a file that the model does not have: nothing is said of them.
  public func unknownNames(in file: ScoreFile) throws(OddityError) -> [String] {
    try file.unknownNames(besides: scores.map(\.name))
  }
}
