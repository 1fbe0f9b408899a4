/// Everything random about one image, drawn from `SplitMix64(seed xor id)` in a fixed order.
///
/// The first draw is the sampling key, the second decides the part, the following ones make permutations.
/// Nothing depends on the batch size, the threads, the shards, or the order of the images.
public struct ImageRandomness: Sendable {
  /// First draw: `--limit` keeps the images with the smallest keys.
  public let samplingKey: UInt64
  /// Second draw, uniform in [0, 1): decides which part of the in-distribution data the image belongs to.
  public let partDraw: Double
  private let afterPart: SplitMix64

  /// - Parameters:
  ///   - seed: the run's seed (`--seed`).
  ///   - id: the image's 64-bit identity.
  public init(seed: UInt64, id: UInt64) {
    var generator = SplitMix64(seed: seed ^ id)
    samplingKey = generator.next()
    partDraw = generator.nextUnit()
    afterPart = generator
  }

  /// A permutation of `0..<count` from the third draw on, by Fisher–Yates from the end:
  /// for i = count − 1 … 1, swap i with `draw % (i + 1)`.
  ///
  /// The identity is not excluded, as in the reference code. Every call gives the same permutation.
  public func permutation(count: Int) -> [Int] {
    var generator = afterPart
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, Int(generator.next() % UInt64(last + 1)))
    }
    return order
  }
}
