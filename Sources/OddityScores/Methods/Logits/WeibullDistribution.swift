import Foundation

/// A Weibull distribution with its location at zero, `F(x) = 1 − exp(−(x/λ)^k)`.
struct WeibullDistribution: Sendable {
  /// k
  let shape: Double
  /// λ
  let scale: Double

  /// Values that differ less than this shape can tell are taken as equal: in single precision `(x/λ)^k` has no digits left
  /// for more.
  static let largestShape = 1_000.0

  /// By maximum likelihood: k solves `Σ x^k log x / Σ x^k − 1/k = mean log x`, of which the left side rises with k, and
  /// `λ^k = mean x^k`.
  ///
  /// - Returns: `nil` where fewer than two values are distinct and positive; zeros are left out, their likelihood is none.
  init?(fittedTo values: [Double]) {
    let positive = values.filter { $0 > 0 }
    guard let largest = positive.max(), let smallest = positive.min(), smallest < largest else { return nil }
    // Of x/max, so that no power overflows.
    let logs = positive.map { log($0 / largest) }
    let mean = logs.reduce(0, +) / Double(logs.count)
    func excess(_ shape: Double) -> Double {
      let powers = logs.map { exp(shape * $0) }
      let weighted = zip(powers, logs).reduce(0) { $0 + $1.0 * $1.1 }
      return weighted / powers.reduce(0, +) - 1 / shape - mean
    }
    shape = Self.root(of: excess)
    let power = logs.reduce(0) { [shape] in $0 + exp(shape * $1) } / Double(logs.count)
    scale = largest * exp(log(power) / shape)
  }

  /// Where a function that rises with the shape is zero, by bisection of its logarithm down to the last bits.
  private static func root(of function: (Double) -> Double) -> Double {
    var (lower, upper) = (log(1e-3), log(largestShape))
    for _ in 0..<64 {
      let middle = (lower + upper) / 2
      if function(exp(middle)) < 0 { lower = middle } else { upper = middle }
    }
    return exp((lower + upper) / 2)
  }
}
