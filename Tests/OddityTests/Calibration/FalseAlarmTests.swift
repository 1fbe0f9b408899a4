import Oddity
import Testing

/// The false-alarm rate of conformal calibration, over 2,000 random splits of the demo's ID scores.
@Suite struct FalseAlarmTests {
  static let settings = [
    (19, "0.05"), (20, "0.05"), (39, "0.05"), (99, "0.05"), (999, "0.05"), (99, "0.01"), (999, "0.01"),
  ]

  static func experiment(pool: [Float], _ n: Int, _ alpha: String) throws -> FalseAlarmExperiment {
    try FalseAlarmExperiment(pool: pool, calibrationSize: n, alpha: Alpha(parsing: alpha))
  }

  static func conformal(_ alpha: Alpha) -> ([Float]) throws -> (Float) -> Bool {
    { try ConformalCalibration(scores: $0, alpha: alpha).isOutlier }
  }

  @Test(arguments: settings)
  func withoutTiesTheShareIsTheExpectedOne(n: Int, alpha: String) async throws {
    let experiment = try Self.experiment(pool: await DemoScores.distinct(), n, alpha)
    let outcome = try experiment.outcome(seed: UInt64(n), rule: Self.conformal(experiment.alpha))
    #expect(abs(outcome.mean - experiment.expectedShare) <= 4 * outcome.standardError)
  }

  @Test(arguments: settings)
  func withTiesTheShareIsNoLarger(n: Int, alpha: String) async throws {
    let experiment = try Self.experiment(pool: await DemoScores.tied(), n, alpha)
    let outcome = try experiment.outcome(seed: UInt64(n), rule: Self.conformal(experiment.alpha))
    #expect(outcome.mean <= experiment.expectedShare + 4 * outcome.standardError)
  }

  /// The experiment detects the classic mistake of using n instead of n + 1.
  @Test(arguments: [(19, "0.05"), (39, "0.05"), (99, "0.05")])
  func dividingByNInsteadFails(n: Int, alpha: String) async throws {
    let experiment = try Self.experiment(pool: await DemoScores.distinct(), n, alpha)
    let outcome = experiment.outcome(seed: UInt64(n)) { calibration in
      { score in
        let atOrBelow = calibration.count { $0 <= score }
        return 1 + atOrBelow <= experiment.alpha.rank(calibrationSize: calibration.count - 1)
      }
    }
    #expect(abs(outcome.mean - experiment.expectedShare) > 4 * outcome.standardError)
  }
}
