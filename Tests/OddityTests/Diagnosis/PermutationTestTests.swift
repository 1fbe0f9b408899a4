import Foundation
import Testing

@testable import OddityStatistics

struct PermutationTestTests {
  private func pValue(shift: Double, seed: UInt64, strata: [Int]? = nil, permutations: Int = 199) -> Double {
    var normals = NormalNumbers(SplitMix64(seed: seed))
    let values = (0..<60).map { normals.next() + ($0 < 20 ? shift : 0) }
    return PermutationTest(
      first: Array(0..<20), of: 60, strata: strata, permutations: permutations, seed: seed
    ) { drawn in
      let mean = drawn.reduce(0) { $0 + values[$1] } / 20
      return [mean, -mean, mean * mean]
    }.pValue
  }

  /// With a level of 5 %, 30 to 72 of 1,000 tests are rejected with a probability of 0.999.
  @Test func healthySamplesAreSeldomRejected() {
    let rejected = (0..<1_000).count { pValue(shift: 0, seed: UInt64($0)) <= 0.05 }
    #expect(30...72 ~= rejected)
  }

  @Test func differencesAreFound() {
    #expect(pValue(shift: 1.5, seed: 1, permutations: 999) == 0.001)
    #expect(pValue(shift: -1.5, seed: 2, permutations: 999) == 0.001)
  }

  /// All partitions of eight values into three and five, with known sums.
  @Test func pValuesAreThoseOfAllPermutations() {
    let values = [9.0, 7, 8, 1, 2, 5, 6, 3]
    let sums = (0..<8).flatMap { a in
      (a + 1..<8).flatMap { b in (b + 1..<8).map { values[a] + values[b] + values[$0] } }
    }
    let exact = Double(sums.count { $0 >= 24 }) / Double(sums.count)
    let found = PermutationTest(first: [0, 1, 2], of: 8, permutations: 9_999, seed: 4) { drawn in
      [drawn.reduce(0) { $0 + values[$1] }]
    }.pValue
    #expect(abs(found - exact) < 0.01)
  }

  /// If values differ only between strata, permutations within the strata find nothing.
  @Test func strataKeepTheirShares() {
    let strata = (0..<60).map { $0 < 15 || 20..<25 ~= $0 ? 1 : 0 }
    let values = strata.map { Double($0) + 1e-3 * Double($0) }
    func pValue(_ strata: [Int]?) -> Double {
      PermutationTest(first: Array(0..<20), of: 60, strata: strata, permutations: 499, seed: 1) { drawn in
        [(1e9 * drawn.reduce(0) { $0 + values[$1] }).rounded()]
      }.pValue
    }
    #expect(pValue(nil) <= 0.01)
    #expect(pValue(strata) == 1)
  }
}
