import OddityScores
import OpenVINORuntime

/// How far a copy's scores of the verification inputs are from those expected.
public struct VerificationReport: Codable, Sendable {
  /// In standard deviations of the calibration images' scores; of an input that scores further from their mean than
  /// that, in units of its distance.
  public let tolerance: Double
  public let verified: Bool
  public let scores: [Score]

  /// A hundredth of a standard deviation moves some four images in a thousand across the threshold at worst.
  public static let standardTolerance = 0.01

  init(_ scores: [Score], tolerance: Double) {
    self.scores = scores
    self.tolerance = tolerance
    verified = scores.allSatisfy(\.failedInputs.isEmpty)
  }

  public struct Score: Codable, Sendable {
    public let name: String
    /// Nil where a score is not finite and should be, or the other way round.
    public let largestDifference: Double?
    /// The largest difference in the units of the tolerance; nil likewise.
    public let largestRelativeDifference: Double?
    /// Numbers of the inputs that differ by more than the tolerance, from 0 on.
    public let failedInputs: [Int]

    private enum CodingKeys: String, CodingKey {
      case name
      case largestDifference = "largest_difference"
      case largestRelativeDifference = "largest_relative_difference"
      case failedInputs = "failed_inputs"
    }

    init(_ expectation: Verification.Expectation, given: [Float], tolerance: Double) {
      name = expectation.name
      let differences = zip(expectation.expected, given).map { expected, given -> Double in
        guard let expected else { return given.isFinite ? .infinity : 0 }
        return given.isFinite ? abs(Double(given) - Double(expected)) : .infinity
      }
      let relative = zip(expectation.expected, differences).map { expected, difference -> Double in
        let distance = expected.map { abs(Double($0) - expectation.mean) } ?? 0
        return difference == 0 ? 0 : difference / max(expectation.std, distance, 1e-12)
      }
      largestDifference = differences.max()?.ifFinite
      largestRelativeDifference = relative.max()?.ifFinite
      failedInputs = relative.indices.filter { !(relative[$0] <= tolerance) }
    }
  }
}

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
