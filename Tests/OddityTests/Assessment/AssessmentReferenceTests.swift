import Foundation
import Testing
import TestSupport

@testable import OddityModel
@testable import OddityStatistics

/// Compares the components of an assessment and of selective prediction with SciPy and NumPy.
@Suite struct AssessmentReferenceTests {
  private struct Task: Encodable {
    struct Selective: Encodable {
      let scores: [Float]
      let right: [Bool]
    }
    struct Estimate: Encodable {
      let probabilities: [Double]
      let calibration: [Double]
      let right: [Int]
      let loss_scale: Double
      let relative_error: Double
      let least_loss: Double
    }
    let tails: [[Double]]
    let selective: [Selective]
    let rows: [[Double]]
    let labels: [Int]
    let penalty: Double
    let estimate: Estimate
  }

  private struct Reference: Decodable {
    let tails: [Double]
    let selective: [[Double]]
    let weights: [Double]
    let intercept: Double
    let estimate: [Double]
  }

  @Test func numbersAreTheReferences() throws {
    var random = SplitMix64(seed: 5)
    let tails: [[Double]] = [
      [100, 5, 96, 12], [500, 50, 951, 30], [20, 1, 100, 0], [20, 1, 100, 21], [7, 3, 2, 7],
    ]
    let selective = [
      Task.Selective(scores: [3, 1, 2, 2, 2, 1], right: [true, false, true, false, true, true]),
      Task.Selective(scores: [1, 1, 1, 1], right: [true, false, false, true]),
      Task.Selective(scores: [5, 4, 3, 9], right: [true, true, false, false]),
    ]
    let rows = (0..<80).map { _ in (0..<3).map { _ in random.nextNormal() } }
    let labels = rows.map { row -> Int in
      let value: Double = row[0] - row[2] / 2 + random.nextNormal() + 1
      return value > 0 ? 1 : 0
    }
    let calibration = (0..<40).map { _ in 0.5 + 0.5 * random.nextUnit() }
    let right = calibration.map { random.nextUnit() < $0 ? 1 : 0 }
    let probabilities = (0..<25).map { _ in 0.3 + 0.6 * random.nextUnit() }
    let estimate = Task.Estimate(
      probabilities: probabilities, calibration: calibration, right: right, loss_scale: 1.3,
      relative_error: 0.4,
      least_loss: 0.2)
    let reference = try PythonReference.run(
      "assessment_reference.py",
      Task(
        tails: tails, selective: selective, rows: rows, labels: labels, penalty: 1.0 / 80, estimate: estimate),
      as: Reference.self)
    for (tail, expected) in zip(tails, reference.tails) {
      let law = BetaBinomialDistribution(count: Int(tail[0]), rate: BetaDistribution(a: tail[1], b: tail[2]))
      #expect(abs(law.tail(from: Int(tail[3])) - expected) < 1e-10)
    }
    for (one, expected) in zip(selective, reference.selective) {
      let found = try #require(RiskCoverage(scores: one.scores, isRight: one.right))
      #expect(abs(found.aurc - expected[0]) < 1e-12 && abs(found.augrc - expected[1]) < 1e-12)
      #expect(found.images == one.scores.count && found.wrong == one.right.count { !$0 })
    }
    func values(_ label: Int) -> [Double] { zip(rows, labels).filter { $0.1 == label }.flatMap(\.0) }
    let regression = try LogisticRegression(
      TwoClassRows(positives: values(1), negatives: values(0), width: 3, isBalanced: false),
      columns: [0, 1, 2], penalty: 1.0 / 80)
    for (weight, expected) in zip(
      regression.weights + [regression.intercept], reference.weights + [reference.intercept])
    {
      #expect(abs(weight - expected) < 1e-5)
    }
    let found = AccuracyEstimate(
      probabilities,
      against: zip(calibration, right).map { LearnedAccuracy.Image(probability: $0, isRight: $1 == 1) }
        + [LearnedAccuracy.Image(probability: 0.1, isRight: nil)],
      transport: .init(scale: 1.3, relativeError: 0.4), leastLoss: 0.2)
    for (value, expected) in zip([found.value] + found.interval, reference.estimate) {
      #expect(abs(value - expected) < 1e-12)
    }
    #expect(found.images == 25)
  }

  @Test func nothingIsMeasuredOfWhatIsNoNumber() {
    #expect(RiskCoverage(scores: [1, .nan], isRight: [true, true]) == nil)
    #expect(RiskCoverage(scores: [], isRight: []) == nil)
    #expect(RiskCoverage(scores: [-.infinity, .infinity], isRight: [false, true]) != nil)
  }
}
