import Testing
import TestSupport

@testable import OddityScores
@testable import OddityStatistics

/// Compares the maximum-likelihood fit of Weibull distributions with SciPy.
struct WeibullDistributionTests {
  @Test func fitsEqualSciPys() throws {
    var normals = NormalNumbers(SplitMix64(seed: 3))
    let samples =
      [[1, 2], [5, 5, 5, 5.5], [0.01, 1, 100], [1e-6, 2e-6, 4e-6], [3e5, 3.1e5, 2.5e5]]
      + [2, 5, 20, 200].map { count in (0..<count).map { _ in abs(normals.next()) + 2 } }
    let known = try PythonReference.run("weibull_reference.py", samples, as: [[Double]].self)
    for (values, expected) in zip(samples, known) {
      let fitted = try #require(WeibullDistribution(fittedTo: values))
      #expect(abs(fitted.shape / expected[0] - 1) < 1e-6, "\(values): \(fitted), not \(expected)")
      #expect(abs(fitted.scale / expected[1] - 1) < 1e-6, "\(values): \(fitted), not \(expected)")
    }
  }

  /// The likelihood of zero is not defined.
  @Test(arguments: [[], [1], [2, 2, 2], [0, 0], [0, 3], [0, 3, 3]])
  func fewerThanTwoDistinctValuesTellNone(_ values: [Double]) {
    #expect(WeibullDistribution(fittedTo: values) == nil)
  }

  /// Values that are equal except for rounding have the largest possible shape.
  @Test func theShapeIsBounded() throws {
    let fitted = try #require(WeibullDistribution(fittedTo: [1, 1 + 1e-12]))
    #expect(abs(fitted.shape / WeibullDistribution.largestShape - 1) < 1e-9 && abs(fitted.scale - 1) < 1e-6)
  }
}
