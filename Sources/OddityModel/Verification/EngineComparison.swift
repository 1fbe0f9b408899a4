import Engines
import ONNXGraph

/// One guarded model, run by several engines and devices. Each result is compared with the scores of the fit.
public struct EngineComparison: Encodable, Sendable {
  /// Whether at least one engine runs the model, and all that do give its scores. Engines that this machine
  /// does not have are ignored.
  public let verified: Bool
  public let engines: [Run]

  /// The result of one engine on one device.
  public struct Run: Encodable, Sendable {
    public let engine: String
    public let version: String
    public let device: String
    /// nil if the engine cannot run the model.
    public let report: VerificationReport?
    /// Why it cannot run the model.
    public let problem: String?
    /// Whether the scores are off, or the engine failed. Not written.
    fileprivate let isFailure: Bool

    private enum CodingKeys: String, CodingKey {
      case engine, version, device, report, problem
    }

    fileprivate init(
      _ engine: Engine, report: VerificationReport? = nil, problem: String? = nil, isFailure: Bool = false
    ) {
      (self.engine, version, device) = (engine.name.rawValue, engine.version, engine.device)
      (self.report, self.problem) = (report, problem)
      self.isFailure = isFailure || report?.verified == false
    }
  }

  /// - Parameter engines: each on the device that it computes on.
  /// - Throws: ``OddityError`` if the model contains nothing to verify it with.
  public init(
    _ guarded: GuardedModel, by engines: [Engine],
    tolerance: Double = VerificationReport.standardTolerance, options: RunOptions = RunOptions()
  ) async throws {
    let verification = try guarded.verification()
    var runs: [Run] = []
    for engine in engines {
      do {
        let report = try await verification.report(
          on: guarded, tolerance: tolerance, engine: engine, options: options)
        runs.append(Run(engine, report: report))
      } catch let error as EngineError where [.badDevice, .unsupportedPrecision].contains(error.code) {
        runs.append(Run(engine, problem: error.message))
      } catch let error where error is EngineError || error is OddityError || error is GraphError {
        runs.append(Run(engine, problem: "\(error)", isFailure: true))
      }
    }
    self.engines = runs
    verified = !runs.contains { $0.isFailure } && runs.contains { $0.report != nil }
  }
}
