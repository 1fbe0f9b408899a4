import Foundation
import Oddity
import Testing

@Suite struct PairedAUROCTests {
  struct Simulation {
    var coverage = 0.0
    var spread = 0.0
    var meanStandardError = 0.0
  }

  /// Pairs with correlation 0.8 whose images are shifted by one. The true AUROC is Φ(1/√2).
  static func simulate(images: Int, repetitions: Int) throws -> Simulation {
    let truth = 0.5 * erfc(-0.5)
    var generator = SplitMix64(seed: 1_997)
    var values: [Double] = []
    var result = Simulation()
    for _ in 0..<repetitions {
      let pairs = (0..<images).map { _ in
        let shared = 0.8.squareRoot() * generator.nextNormal()
        func score(_ shift: Double) -> Float {
          Float(shift + shared + 0.2.squareRoot() * generator.nextNormal())
        }
        return (score(1), score(0))
      }
      let area = try PairedAUROC(inDistribution: pairs.map(\.0), pseudoOOD: pairs.map(\.1))
      values.append(area.value)
      result.meanStandardError += area.standardError / Double(repetitions)
      if area.interval.lower <= truth, truth <= area.interval.upper {
        result.coverage += 1 / Double(repetitions)
      }
    }
    let mean = values.reduce(0, +) / Double(repetitions)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    result.spread = (squares / Double(repetitions - 1)).squareRoot()
    return result
  }

  /// Within four binomial standard errors of 95 %, minus half a percentage point for the normal
  /// approximation. The standard error must match the real spread. Without the covariance of the pairs, it
  /// would be larger by half.
  @Test func theIntervalCoversAndTheStandardErrorIsTheSpread() throws {
    let simulation = try Self.simulate(images: 120, repetitions: 1_000)
    #expect(simulation.coverage > 0.917 && simulation.coverage < 0.978)
    #expect(abs(simulation.meanStandardError / simulation.spread - 1) < 0.08)
  }

  @Test func aScoreDoesNotDifferFromItself() throws {
    let area = try PairedAUROC(inDistribution: [3, 1, 4, 1], pseudoOOD: [1, 5, 9, 2])
    #expect(area.differenceInterval(minus: area) == ConfidenceInterval(lower: 0, upper: 0))
  }

  @Test func intervalsStayWithinTheirBounds() throws {
    let perfect = try PairedAUROC(inDistribution: [3, 4], pseudoOOD: [1, 2])
    #expect(perfect.value == 1 && perfect.interval == ConfidenceInterval(lower: 1, upper: 1))
    let single = try PairedAUROC(inDistribution: [3], pseudoOOD: [1])
    #expect(single.standardError.isNaN && single.interval == ConfidenceInterval(lower: 0, upper: 1))
    #expect(single.differenceInterval(minus: single) == ConfidenceInterval(lower: -1, upper: 1))
  }

  @Test func undefinedScoresAndNoScoresAreErrors() {
    #expect(throws: OddityError.self) { try PairedAUROC(inDistribution: [.nan], pseudoOOD: [1]) }
    #expect(throws: OddityError.self) { try PairedAUROC(inDistribution: [], pseudoOOD: []) }
    #expect(throws: Never.self) { try PairedAUROC(inDistribution: [.infinity], pseudoOOD: [-.infinity]) }
  }
}
