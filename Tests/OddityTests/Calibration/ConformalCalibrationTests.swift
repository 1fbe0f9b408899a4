import Foundation
import Oddity
import Testing

@Suite struct ConformalCalibrationTests {
  static let twenty = (1...20).map(Float.init).shuffled()

  @Test func pValuesCountScoresAtOrBelow() throws {
    let calibration = try ConformalCalibration(scores: Self.twenty, alpha: .fivePercent)
    #expect(calibration.pValue(0.5) == 1.0 / 21)
    #expect(calibration.pValue(1) == 2.0 / 21)
    #expect(calibration.pValue(19.9) == 20.0 / 21)
    #expect(calibration.pValue(20) == 1)
    #expect(calibration.pValue(Float.greatestFiniteMagnitude) == 1)
  }

  @Test func tiesCountAsAtOrBelow() throws {
    let calibration = try ConformalCalibration(scores: Array(repeating: 3, count: 19), alpha: .fivePercent)
    #expect(calibration.pValue(3) == 1)
    #expect(!calibration.isOutlier(3))
    #expect(calibration.isOutlier(Float(3).nextDown))
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func aScoreThatIsNotFiniteIsAnOutlier(score: Float) throws {
    let calibration = try ConformalCalibration(scores: Self.twenty, alpha: .fivePercent)
    #expect(calibration.pValue(score) == 1.0 / 21)
    #expect(calibration.isOutlier(score))
  }

  @Test(arguments: [(19, "0.05", 1), (39, "0.05", 2), (40, "0.05", 2), (99, "0.01", 1), (999, "0.05", 50)])
  func theThresholdIsTheRankthSmallestScore(n: Int, alpha: String, rank: Int) throws {
    let calibration = try ConformalCalibration(
      scores: (1...n).reversed().map(Float.init), alpha: Alpha(parsing: alpha))
    #expect(calibration.rank == rank)
    #expect(calibration.threshold == Float(rank))
    #expect(calibration.isOutlier(Float(rank).nextDown))
    #expect(!calibration.isOutlier(Float(rank)))
  }

  @Test(arguments: [(0, "0.05", "19"), (1, "0.05", "19"), (18, "0.05", "19"), (98, "0.01", "99")])
  func tooFewImagesNameBothWaysOut(n: Int, alpha: String, needed: String) throws {
    let error = try #require(throws: OddityError.self) {
      try ConformalCalibration(scores: Array(repeating: 1, count: n), alpha: Alpha(parsing: alpha))
    }
    #expect(error.code == .tooFewCalibrationImages)
    for word in [
      "\(n) calibration image", alpha, "at least \(needed)", "pass more calibration images", "`alpha`",
    ] {
      #expect(error.message.contains(word), "\(error.message)")
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func aCalibrationScoreThatIsNotFiniteIsRefused(score: Float) throws {
    let error = try #require(throws: OddityError.self) {
      try ConformalCalibration(scores: Self.twenty + [score], alpha: .fivePercent)
    }
    #expect(error.code == .badData && error.message.contains("image 21"))
  }

  /// Checks the rule of `confidence` with the quantile, instead of the distribution function that the code
  /// uses.
  @Test(arguments: [59, 60, 100, 500, 5_000], [0.5, 0.9, 0.95])
  func confidenceTakesTheLargestSafeRank(n: Int, confidence: Double) throws {
    let calibration = try ConformalCalibration(
      scores: (1...n).map(Float.init), alpha: .fivePercent, confidence: confidence)
    let quantile = { (k: Int) in
      BetaDistribution(a: Double(k), b: Double(n + 1 - k)).quantile(confidence)
    }
    #expect(quantile(calibration.rank) <= 0.05)
    #expect(quantile(calibration.rank + 1) > 0.05)
  }

  @Test func confidenceNeedsMoreImages() throws {
    let error = try #require(throws: OddityError.self) {
      try ConformalCalibration(scores: Array(repeating: 1, count: 58), alpha: .fivePercent, confidence: 0.95)
    }
    #expect(error.code == .tooFewCalibrationImages && error.message.contains("at least 59"))
    for confidence in [0, 1, -1, Double.nan] {
      let error = try #require(throws: OddityError.self) {
        try ConformalCalibration(scores: Self.twenty, alpha: .fivePercent, confidence: confidence)
      }
      #expect(error.code == .usage)
    }
  }

  /// Beta(1, 19) has the closed form 1 − (1 − x)¹⁹.
  @Test func theFalseAlarmIntervalIsTheCentral95Percent() throws {
    let interval = try ConformalCalibration(scores: Array(Self.twenty.prefix(19)), alpha: .fivePercent)
      .falseAlarmInterval
    #expect(abs(interval.lower - (1 - pow(0.975, 1.0 / 19))) < 1e-12)
    #expect(abs(interval.upper - (1 - pow(0.025, 1.0 / 19))) < 1e-12)
  }
}
