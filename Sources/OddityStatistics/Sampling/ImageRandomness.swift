import Imaging

/// Everything random about one image, drawn from `SplitMix64(seed xor id)` in a fixed order.
///
/// The first draw is the sampling key, the second decides the part, the following ones make jigsaws. Other kinds of
/// pseudo-OOD images have streams of their own, so that no kind depends on which others are asked for.
/// Nothing depends on the batch size, the threads, the shards, or the order of the images.
package struct ImageRandomness: Sendable {
  /// First draw: `--limit` keeps the images with the smallest keys.
  package let samplingKey: UInt64
  /// Second draw, uniform in [0, 1): decides which part of the in-distribution data the image belongs to.
  package let partDraw: Double
  private let afterPart: SplitMix64
  private let seed: UInt64

  /// - Parameters:
  ///   - seed: the run's seed (`--seed`).
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
