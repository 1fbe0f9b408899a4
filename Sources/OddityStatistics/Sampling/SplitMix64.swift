/// The SplitMix64 generator: 64 bits of state, one addition and one mixing function a draw.
///
/// Chosen because ten lines in any language repeat it, so an independent script can redo every random choice.
/// Source: Steele, Lea & Flood, *Fast splittable pseudorandom number generators*, OOPSLA 2014; constants of
/// Vigna's `splitmix64.c`.
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) {
    state = seed
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A uniform number in [0, 1): the upper 53 bits of one draw, times 2⁻⁵³.
  package mutating func nextUnit() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A permutation of `0..<count` by Fisher–Yates from the end: for i = count − 1 … 1, swap i with `draw % (i + 1)`.
  package mutating func nextPermutation(count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, Int(next() % UInt64(last + 1)))
    }
    return order
  }
}
