import Oddity
import Testing
import TestSupport

@Suite struct BetaDistributionTests {
  struct Case: Codable {
    var a: Double
    var b: Double
    var x: Double
    var p: Double
  }

  struct Reference: Decodable {
    var cumulative: Double
    var quantile: Double
  }

  static let cases: [Case] = [
    (1.0, 19.0), (1, 1), (2, 38), (5, 95), (50, 950), (500, 9_500), (2_500, 47_500), (50_000, 950_000),
    (0.5, 0.5), (3, 2), (19, 1), (950, 50), (0.1, 40),
  ].flatMap { a, b in
    [(0.01, 0.025), (0.05, 0.5), (0.052, 0.95), (0.5, 0.975), (0.97, 1e-6)].map { x, p in
      Case(a: a, b: b, x: x, p: p)
    }
  }

  @Test func agreesWithSciPy() throws {
    let references: [Reference] = try PythonReference.run("beta_reference.py", Self.cases)
    #expect(references.count == Self.cases.count)
    for (sample, reference) in zip(Self.cases, references) {
      let beta = BetaDistribution(a: sample.a, b: sample.b)
      #expect(abs(beta.cumulative(sample.x) - reference.cumulative) <= 1e-9, "\(sample)")
      #expect(abs(beta.quantile(sample.p) - reference.quantile) <= 1e-9 * reference.quantile, "\(sample)")
    }
  }

  @Test func outsideTheUnitIntervalItIsZeroOrOne() {
    let beta = BetaDistribution(a: 2, b: 5)
    #expect(beta.cumulative(-1) == 0 && beta.cumulative(0) == 0)
    #expect(beta.cumulative(1) == 1 && beta.cumulative(.infinity) == 1)
    #expect(beta.cumulative(.nan).isNaN)
    #expect(beta.quantile(0) == 0 && beta.quantile(1) == 1)
  }
}
