import Oddity
import Testing
import TestSupport

@Suite struct RankCorrelationTests {
  struct Case: Encodable {
    var first: [Double]
    var second: [Double]
  }

  /// Random pairs of every small and some larger sizes, continuous and on a few levels, with infinities.
  static func cases() -> [Case] {
    var generator = SplitMix64(seed: 8)
    var cases: [Case] = []
    for count in [2, 3, 4, 5, 8, 12, 17, 100] {
      for levels in [nil, 1.0, 3.0] {
        func values() -> [Double] {
          (0..<count).map { _ in
            let value = generator.nextNormal()
            return levels.map { (value * $0).rounded() / $0 } ?? value
          }
        }
        cases.append(Case(first: values(), second: values()))
      }
    }
    cases.append(Case(first: [-.infinity, 0, 1, .infinity], second: [2, 1, .infinity, .infinity]))
    // The values of the paper's charts: WRN-28-10 and VGG-11.
    cases.append(
      Case(
        first: [0.83, 0.87, 0.89, 0.90, 0.94, 0.94, 0.98, 0.99, 1.04, 1.15, 1.36, 1.27],
        second: [45, 50, 49, 50, 55, 62, 67, 75, 88, 91, 97, 76]))
    cases.append(
      Case(
        first: [0.87, 0.85, 0.98, 0.93, 1.47, 1.77, 1.56, 1.48], second: [41, 57, 58, 77, 83, 91, 84, 82]))
    return cases
  }

  @Test func agreesWithSciPy() throws {
    let cases = Self.cases()
    let references: [Double] = try PythonReference.run("rank_correlation_reference.py", cases)
    #expect(references.count == cases.count)
    for (sample, reference) in zip(cases, references) {
      let correlation = RankCorrelation.spearman(sample.first, sample.second)
      if reference.isNaN {
        #expect(correlation == nil, "\(sample)")
      } else {
        #expect(abs(try #require(correlation) - reference) <= 1e-12, "\(sample)")
      }
    }
  }

  @Test(arguments: [
    ([Double](), [Double]()), ([1], [1]), ([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [0, 0, 0]),
    ([1, .nan], [1, 2]),
    ([1, 2], [.nan, 2]),
  ])
  func isUndefinedWithoutTwoOrders(first: [Double], second: [Double]) {
    #expect(RankCorrelation.spearman(first, second) == nil)
  }

  @Test func reachesItsBounds() {
    #expect(RankCorrelation.spearman([1, 2, 3], [10, 100, 1_000]) == 1)
    #expect(RankCorrelation.spearman([1, 2, 3], [3, 2, 1]) == -1)
  }
}
