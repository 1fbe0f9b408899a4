import Foundation
import Testing

@testable import OddityFit
@testable import OddityStatistics

/// Compares the Fourier transform with the sum that defines it.
@Suite struct FourierTransformTests {
  /// All short lengths, and some with a square or a product of odd primes, or many twos.
  @Test(arguments: Array(1...17) + [23, 45, 48, 49, 64])
  func agreesWithTheSumForEveryColumn(length: Int) {
    var random = SplitMix64(seed: UInt64(length))
    let rows = (0..<3 * length).map { _ in Complex(random.nextUnit() - 0.5, random.nextUnit() - 0.5) }
    for inverse in [false, true] {
      var (result, spare) = (rows, rows)
      FourierTransform(count: length, inverse: inverse).transform(&result, using: &spare)
      for (place, value) in result.enumerated() {
        let expected = sum(rows, length: length, frequency: place / 3, column: place % 3, inverse: inverse)
        // The numbers' norm is about 0.4 √n.
        #expect((value - expected).magnitude < 1e-12 * Double(length).squareRoot())
      }
    }
  }

  private func sum(_ rows: [Complex], length: Int, frequency: Int, column: Int, inverse: Bool) -> Complex {
    (0..<length).reduce(.zero) { sum, row in
      let angle = (inverse ? 2 : -2) * Double.pi * Double(row * frequency % length) / Double(length)
      return sum + Complex(cos(angle), sin(angle)).times(rows[3 * row + column])
    }
  }
}
