import Foundation

/// Whether two sets of scores may come from one distribution, by the two-sample Kolmogorov–Smirnov test.
package struct DriftTest {
  /// The largest difference of the two empirical distribution functions.
  package let distance: Double
  /// The probability of at least this distance by chance, from the asymptotic distribution with Stephens'
  /// correction for small samples (Press et al., *Numerical Recipes*, 14.3.18); 1 if a sample is empty.
  package let pValue: Double

  package init(_ first: [Float], _ second: [Float]) {
    let (a, b) = (first.sorted(), second.sorted())
    guard !a.isEmpty, !b.isEmpty else {
      (distance, pValue) = (0, 1)
      return
    }
    distance = Self.distance(a, b)
    let size = (Double(a.count) * Double(b.count) / Double(a.count + b.count)).squareRoot()
    pValue = Self.tail((size + 0.12 + 0.11 / size) * distance)
  }

  /// Of two ascending samples.
  private static func distance(_ a: [Float], _ b: [Float]) -> Double {
    var (i, j, largest) = (0, 0, 0.0)
    while i < a.count, j < b.count {
      let value = min(a[i], b[j])
      while i < a.count, a[i] <= value { i += 1 }
      while j < b.count, b[j] <= value { j += 1 }
      largest = max(largest, abs(Double(i) / Double(a.count) - Double(j) / Double(b.count)))
    }
    return largest
  }

  /// `2 Σ (−1)^(k−1) exp(−2k²x²)`, which does not converge near zero, where it is one.
  private static func tail(_ x: Double) -> Double {
    guard x > 0.2 else { return 1 }
    let sum = (1...100).reduce(0.0) { sum, k in
      sum + (k.isMultiple(of: 2) ? -1 : 1) * exp(-2 * Double(k * k) * x * x)
    }
    return min(max(2 * sum, 0), 1)
  }
}
