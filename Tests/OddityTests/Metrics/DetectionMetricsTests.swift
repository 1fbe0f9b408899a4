import Oddity
import Testing
import TestSupport

@Suite struct DetectionMetricsTests {
  struct Case: Encodable {
    var inDistribution: [Double]
    var outOfDistribution: [Double]
  }

  struct Reference: Decodable {
    var auroc: Double
    var fpr95: Double
    var fpr95OpenOOD: Double
    var auprIn: Double
    var auprOut: Double
  }

  /// Random scores, scores on a few levels (ties within and across), constants, and every tiny size up to 3 × 3.
  static func cases() -> [Case] {
    var generator = SplitMix64(seed: 5)
    func normal(_ count: Int, mean: Double, levels: Double?) -> [Double] {
      (0..<count).map { _ in
        let value = mean + generator.nextNormal()
        return levels.map { (value * $0).rounded() / $0 } ?? value
      }
    }
    var cases: [Case] = []
    for (n, m) in [(20, 20), (19, 7), (40, 1), (1, 40), (100, 333), (1_000, 100), (5_000, 5_000)] {
      for levels in [nil, 1.0, 3.0] {
        for shift in [-1.0, 0, 2] {
          cases.append(
            Case(
              inDistribution: normal(n, mean: shift, levels: levels),
              outOfDistribution: normal(m, mean: 0, levels: levels)))
        }
      }
    }
    for (n, m) in [(1, 1), (2, 1), (1, 2), (2, 2), (3, 2), (3, 3)] {
      for _ in 0..<8 {
        cases.append(
          Case(
            inDistribution: normal(n, mean: 0, levels: 1), outOfDistribution: normal(m, mean: 0, levels: 1)))
      }
    }
    cases.append(
      Case(
        inDistribution: Array(repeating: 0.5, count: 60), outOfDistribution: Array(repeating: 0.5, count: 30))
    )
    cases.append(
      Case(inDistribution: Array(repeating: 1, count: 25), outOfDistribution: Array(repeating: -1, count: 50))
    )
    return cases
  }

  @Test func agreeWithScikitLearn() throws {
    let cases = Self.cases()
    let references: [Reference] = try PythonReference.run("metrics_reference.py", cases)
    #expect(references.count == cases.count)
    for (position, (sample, reference)) in zip(cases, references).enumerated() {
      let metrics = try DetectionMetrics(
        inDistribution: sample.inDistribution, outOfDistribution: sample.outOfDistribution)
      #expect(abs(metrics.auroc - reference.auroc) <= 1e-12, "case \(position)")
      #expect(abs(metrics.fpr95 - reference.fpr95) <= 1e-12, "case \(position)")
      #expect(abs(metrics.fpr95OpenOOD - reference.fpr95OpenOOD) <= 1e-12, "case \(position)")
      #expect(abs(metrics.auprIn - reference.auprIn) <= 1e-12, "case \(position)")
      #expect(abs(metrics.auprOut - reference.auprOut) <= 1e-12, "case \(position)")
    }
  }

  /// Only the order matters, so infinities have the ranks of the largest and smallest numbers.
  @Test func infinitiesRankAsTheyCompare() throws {
    let infinite = try DetectionMetrics(
      inDistribution: [.infinity, .infinity, 1, -.infinity],
      outOfDistribution: [Float.infinity, 0, -.infinity])
    let finite = try DetectionMetrics(
      inDistribution: [9, 9, 1, -9], outOfDistribution: [Float(9), 0, -9])
    #expect(infinite == finite)
  }

  @Test func zeroesOfBothSignsTie() throws {
    let metrics = try DetectionMetrics(inDistribution: [Float(0)], outOfDistribution: [Float(-0.0)])
    #expect(metrics.auroc == 0.5)
  }

  @Test func perfectAndReversedScoresReachTheBounds() throws {
    let perfect = try DetectionMetrics(inDistribution: [3.0, 2], outOfDistribution: [1.0, 0])
    #expect(perfect.auroc == 1 && perfect.fpr95 == 0 && perfect.fpr95OpenOOD == 0)
    #expect(perfect.auprIn == 1 && perfect.auprOut == 1)
    let reversed = try DetectionMetrics(inDistribution: [1.0, 0], outOfDistribution: [3.0, 2])
    #expect(reversed.auroc == 0 && reversed.fpr95 == 1 && reversed.fpr95OpenOOD == 1)
  }

  /// t is the ⌈0.95·N⌉-th largest ID score. For N = 20 it is the 19th, not the 20th or the 18th.
  @Test func theThresholdKeepsNineteenOfTwenty() throws {
    let inDistribution = (1...20).map(Double.init)
    let metrics = try DetectionMetrics(inDistribution: inDistribution, outOfDistribution: [1.5, 2, 2.5, 3.5])
    #expect(metrics.fpr95 == 0.75)
  }

  @Test(arguments: [
    ([Double](), [1.0]), ([1.0], [Double]()), ([1.0, .nan], [1.0]), ([1.0], [Double.nan]),
  ])
  func emptyAndUndefinedScoresAreErrors(inDistribution: [Double], outOfDistribution: [Double]) throws {
    let error = try #require(throws: OddityError.self) {
      try DetectionMetrics(inDistribution: inDistribution, outOfDistribution: outOfDistribution)
    }
    #expect(error.code == .badData)
  }
}
