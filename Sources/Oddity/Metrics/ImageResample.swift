/// How often each image stands in one bootstrap resample: ID images and every OOD set drawn with replacement, each
/// as many as there are, independently of the others.
///
/// All draws come from one `SplitMix64(seed)`, resample after resample; within a resample the ID images come first
/// and then the OOD sets in order; the image drawn is `⌊draw · count / 2⁶⁴⌋`. The generator's state is a counter, so
/// any resample can be drawn without those before it.
struct ImageResample {
  /// Multiplicities, in the order of the images.
  private(set) var inDistribution: [Int32]
  private(set) var outOfDistribution: [[Int32]]

  /// - Parameters:
  ///   - index: which of the resamples, from 0.
  ///   - idImages: how many ID images there are.
  ///   - oodImages: how many images each OOD set has.
  init(index: Int, seed: UInt64, idImages: Int, oodImages: [Int]) {
    let drawsEach = oodImages.reduce(idImages, +)
    var generator = SplitMix64(seed: seed, skipping: UInt64(index * drawsEach))
    inDistribution = Self.multiplicities(count: idImages, using: &generator)
    outOfDistribution = []
    for count in oodImages {
      outOfDistribution.append(Self.multiplicities(count: count, using: &generator))
    }
  }

  private static func multiplicities(count: Int, using generator: inout SplitMix64) -> [Int32] {
    var multiplicities = Array(repeating: Int32(0), count: count)
    multiplicities.withUnsafeMutableBufferPointer { multiplicities in
      for _ in 0..<count {
        multiplicities[Int(generator.next().multipliedFullWidth(by: UInt64(count)).high)] += 1
      }
    }
    return multiplicities
  }
}
