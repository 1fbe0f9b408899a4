import Foundation
import Imaging

/// The SplitMix64 generator: 64 bits of state, with one addition and one mixing function per draw.
///
/// Chosen because it takes only ten lines in any language, so an independent script can repeat every random
/// choice.
/// Source: Steele, Lea & Flood, *Fast splittable pseudorandom number generators*, OOPSLA 2014. The constants
/// are those of Vigna's `splitmix64.c`.
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

  /// A permutation of `0..<count` by Fisher–Yates from the end. For i = count − 1 … 1, it swaps i with `draw
  /// % (i + 1)`.
  package mutating func nextPermutation(count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, Int(next() % UInt64(last + 1)))
    }
    return order
  }
}

/// Standard normal numbers by Box–Muller. Both numbers of every pair are used.
package struct NormalNumbers {
  private var generator: SplitMix64
  private var second: Double?

  package init(_ generator: SplitMix64) {
    self.generator = generator
  }

  package mutating func next() -> Double {
    if let second {
      self.second = nil
      return second
    }
    let radius = (-2 * log(1 - generator.nextUnit())).squareRoot()
    let angle = 2 * .pi * generator.nextUnit()
    second = radius * sin(angle)
    return radius * cos(angle)
  }
}

/// Everything random about one image, drawn from `SplitMix64(seed xor id)` in a fixed order.
///
/// The first draw is the sampling key, the second decides the part, and the following ones make jigsaws.
/// Other kinds of pseudo-OOD images have their own streams, so that no kind depends on which others are
/// requested. Nothing depends on the batch size, the threads, the shards, or the order of the images.
package struct ImageRandomness: Sendable {
  /// First draw: a limit keeps the images with the smallest keys.
  package let samplingKey: UInt64
  /// Second draw, uniform in [0, 1): decides which part of the in-distribution data the image belongs to.
  package let partDraw: Double
  private let afterPart: SplitMix64
  private let seed: UInt64

  /// - Parameters:
  ///   - seed: the run's seed.
  ///   - id: the image's 64-bit identity.
  package init(seed: UInt64, id: UInt64) {
    self.seed = seed ^ id
    var generator = SplitMix64(seed: self.seed)
    samplingKey = generator.next()
    partDraw = generator.nextUnit()
    afterPart = generator
  }

  /// The jigsaw's permutation of `0..<count`, from the third draw on. Every call gives the same permutation.
  package func permutation(count: Int) -> [Int] {
    var generator = afterPart
    return generator.nextPermutation(count: count)
  }

  /// The stream of another kind of pseudo-OOD images: `SplitMix64(seed xor id xor h)`, h being the 64-bit FNV-1a
  /// hash of the kind's name without its strength. Every call gives the same stream.
  package func stream(of kind: String) -> SplitMix64 {
    SplitMix64(seed: seed ^ FNV1a.hash(kind))
  }
}
