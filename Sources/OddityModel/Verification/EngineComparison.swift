import Engines

/// One guarded model, run by several engines and devices, each held against the scores of its fit.
public struct EngineComparison: Codable, Sendable {
  /// Whether every engine gives the scores.
  public let verified: Bool
  public let engines: [Run]

  /// What one engine makes of the model on one device.
  public struct Run: Codable, Sendable {
    public let engine: String
    public let version: String
    public let device: String
    /// Nil where the engine cannot run the model.
    public let report: VerificationReport?
    /// Why it cannot.
    public let problem: String?
  }

  /// - Parameter engines: each on the device that it computes on.
  /// - Throws: ``OddityError`` where the model carries nothing to verify it with.
  public init(
    _ guarded: GuardedModel, by engines: [Engine],
    tolerance: Double = VerificationReport.standardTolerance, options: RunOptions = RunOptions()
  ) async throws {
    let verification = try guarded.verification()
    var runs: [Run] = []
    for engine in engines {
      let outcome: Result<VerificationReport, any Error>
      do {
        outcome = .success(
          try await verification.report(on: guarded, tolerance: tolerance, engine: engine, options: options))
      } catch let error as EngineError {
        outcome = .failure(error)
      } catch let error as OddityError {
        outcome = .failure(error)
      }
      runs.append(Run(engine, outcome))
    }
    self.engines = runs
    verified = runs.allSatisfy { $0.report?.verified ?? false }
  }
}

extension EngineComparison.Run {
  fileprivate init(_ engine: Engine, _ outcome: Result<VerificationReport, any Error>) {
    (self.engine, version, device) = (engine.name.rawValue, engine.version, engine.device)
    switch outcome {
    case .success(let report): (self.report, problem) = (report, nil)
    case .failure(let error): (report, problem) = (nil, "\(error)")
    }
  }
}
