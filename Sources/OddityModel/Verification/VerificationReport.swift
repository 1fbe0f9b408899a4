import OddityScores
import Engines

/// How far the scores of a copy are from the expected scores of the verification inputs.
public struct VerificationReport: Codable, Sendable {
  /// In standard deviations of the calibration images' scores. If the score of an input is farther from their
  /// mean than that, the unit is its distance from the mean.
  public let tolerance: Double
  public private(set) var verified: Bool
  public let scores: [Score]
  /// The comparison with the classifier's file; nil if there was none.
  public private(set) var provenance: Provenance?
  /// The number of inputs that were compared. Not written.
  public private(set) var inputs = VerificationInputs.count

  /// At worst, 0.01 of a standard deviation moves about four of a thousand images across the threshold.
  public static let standardTolerance = 0.01

  private enum CodingKeys: String, CodingKey {
    case tolerance, verified, scores, provenance
  }

  init(_ scores: [Score], inputs: Int, tolerance: Double) {
    self.scores = scores
    self.inputs = inputs
    self.tolerance = tolerance
    verified = scores.allSatisfy(\.failedInputs.isEmpty)
  }

  /// Adds the result whether the file is a classifier with Oddity's nodes.
  ///
  /// - Parameter byteForByte: whether the classifier must be the very file that was guarded.
  public mutating func prove(_ provenance: Provenance, byteForByte: Bool) {
    let proof = byteForByte ? provenance.ofTheSameFile : provenance
    self.provenance = proof
    verified = verified && proof.isProven
  }

  public struct Score: Codable, Sendable {
    public let name: String
    /// nil if a score is not finite but should be, or the other way round.
    public let largestDifference: Double?
    /// The largest difference in units of the tolerance; nil under the same condition.
    public let largestRelativeDifference: Double?
    /// The numbers of the inputs that differ by more than the tolerance, counted from 0.
    public let failedInputs: [Int]

    private enum CodingKeys: String, CodingKey {
      case name
      case largestDifference = "largest_difference"
      case largestRelativeDifference = "largest_relative_difference"
      case failedInputs = "failed_inputs"
    }

    init(_ expectation: Verification.Expectation, given: [Float], tolerance: Double) {
      let differences = expectation.differences(of: given)
      self.init(
        name: expectation.name, largestDifference: differences.map(\.absolute).max()?.ifFinite,
        largestRelativeDifference: differences.map(\.relative).max()?.ifFinite,
        failedInputs: differences.indices.filter { !(differences[$0].relative <= tolerance) })
    }

    private init(
      name: String, largestDifference: Double?, largestRelativeDifference: Double?, failedInputs: [Int]
    ) {
      (self.name, self.failedInputs) = (name, failedInputs)
      (self.largestDifference, self.largestRelativeDifference) =
        (largestDifference, largestRelativeDifference)
    }

    /// The same, with the failed images of a file that takes pixels. They are numbered after the inputs.
    ///
    /// If none of them failed, they add nothing to the report, because the last digit of another engine may
    /// differ.
    func joined(_ raw: Score) -> Score {
      guard !raw.failedInputs.isEmpty else { return self }
      func larger(_ a: Double?, _ b: Double?) -> Double? { a.flatMap { a in b.map { max(a, $0) } } }
      return Score(
        name: name, largestDifference: larger(largestDifference, raw.largestDifference),
        largestRelativeDifference: larger(largestRelativeDifference, raw.largestRelativeDifference),
        failedInputs: failedInputs + raw.failedInputs.map { VerificationInputs.count + $0 })
    }
  }
}

extension Verification.Expectation {
  /// How far scores are off, absolute and in units of the tolerance; infinite if one is finite and should not
  /// be, or the other way round.
  fileprivate func differences(of given: [Float]) -> [(absolute: Double, relative: Double)] {
    zip(expected, given).map { expected, given in
      guard let expected else { return given.isFinite ? (.infinity, .infinity) : (0, 0) }
      guard given.isFinite else { return (.infinity, .infinity) }
      let difference = abs(Double(given) - Double(expected))
      let unit = max(std, abs(Double(expected) - mean), 1e-12)
      return (difference, difference / unit)
    }
  }
}

extension Verification {
  /// Runs a copy of the model and compares its scores. For a file that takes pixels this includes the
  /// preprocessing.
  ///
  /// - Throws: the engine's errors.
  public func report(
    on guarded: GuardedModel, tolerance: Double = VerificationReport.standardTolerance, engine: Engine,
    options: RunOptions = RunOptions()
  ) async throws -> VerificationReport {
    let values = try await guarded.scores(
      of: inputs(of: guarded).values(guarded.metadata.preprocessing), count: VerificationInputs.count,
      engine: engine, options: options)
    var count = VerificationInputs.count
    var reports = zip(scores, values).map { VerificationReport.Score($0, given: $1, tolerance: tolerance) }
    if guarded.metadata.preprocessing.isSureInSinglePrecision, let images = try rawImages(of: guarded) {
      let values = try await rawScores(of: guarded, images, engine: engine, options: options)
      count += RawVerificationImages.count
      reports = zip(reports, zip(rawExpectations, values)).map {
        $0.joined(VerificationReport.Score($1.0, given: $1.1, tolerance: tolerance))
      }
    }
    return VerificationReport(reports, inputs: count, tolerance: tolerance)
  }

  private func rawScores(
    of guarded: GuardedModel, _ images: RawVerificationImages, engine: Engine, options: RunOptions
  ) async throws -> [[Float]] {
    do {
      return try await guarded.scores(of: images, engine: engine, options: options)
    } catch let error as EngineError {
      throw OddityError(
        .badModel,
        "the engine cannot run the preprocessing of \(guarded.model.name), which needs float32: leave out another \(.precision), and "
          + "convert the model without \(.rawInput) where its arithmetic has fewer digits; scores of other engines go into "
          + "\(.verification)", underlying: error)
    }
  }

  /// The expected scores for the images of a file that takes pixels.
  private var rawExpectations: [Expectation] {
    zip(scores, raw?.expected ?? []).map {
      Expectation(name: $0.name, expected: $1, mean: $0.mean, std: $0.std)
    }
  }

  /// Compares with the scores that another program computed for the inputs of ``inputFile(of:)``.
  ///
  /// - Throws: ``OddityError`` `.badData` if the number of rows differs, if a row lacks the calibrated score,
  ///   or if none of the names of scores belongs to the model.
  public func report(
    on file: ScoreFile, tolerance: Double = VerificationReport.standardTolerance
  ) throws(OddityError) -> VerificationReport {
    let scores = raw == nil ? scores : rawExpectations
    let count = raw == nil ? VerificationInputs.count : RawVerificationImages.count
    guard file.rows.count == count else {
      throw OddityError(
        .badData,
        "\(file.path) has \(file.rows.count) scores, but there are \(count) inputs: one line for each")
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
    return VerificationReport(reports, inputs: count, tolerance: tolerance)
  }

  /// The names of scores in a file that the model does not have. They are not compared.
  public func unknownNames(in file: ScoreFile) throws(OddityError) -> [String] {
    try file.unknownNames(besides: scores.map(\.name))
  }
}
