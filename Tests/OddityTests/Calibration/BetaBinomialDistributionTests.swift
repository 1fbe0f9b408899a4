import Oddity
import Testing
import TestSupport

@Suite struct BetaBinomialDistributionTests {
  struct Case: Codable {
    var count: Int
    var a: Double
    var b: Double
    var p: Double
  }

  @Test func quantilesAgreeWithSciPy() throws {
    let cases = [0, 1, 20, 500, 10_000].flatMap { count in
      [(1.0, 19.0), (5, 95), (250, 4_750), (50, 50), (99, 1)].flatMap { a, b in
        [0.025, 0.5, 0.975].map { Case(count: count, a: a, b: b, p: $0) }
      }
    }
    let references: [Int] = try PythonReference.run("beta_binomial_reference.py", cases)
    #expect(references.count == cases.count)
    for (sample, reference) in zip(cases, references) {
      let distribution = BetaBinomialDistribution(
        count: sample.count, rate: BetaDistribution(a: sample.a, b: sample.b))
      #expect(distribution.quantile(sample.p) == reference, "\(sample)")
    }
  }

  @Test func certaintyTakesTheEnds() {
    let distribution = BetaBinomialDistribution(count: 7, rate: BetaDistribution(a: 2, b: 3))
    #expect(distribution.quantile(0) == 0)
    #expect(distribution.quantile(1) == 7)
  }
}
