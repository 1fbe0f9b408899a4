/// How often each image stands in one bootstrap resample: ID images and every OOD set drawn with replacement, each
/// as many as there are, independently of the others.
struct ImageResample {
  /// Multiplicities, in the order of the images.
  let inDistribution: [Int32]
  let outOfDistribution: [[Int32]]

  /// Draws the ID images and then the OOD sets in order; the image drawn is `⌊draw · count / 2⁶⁴⌋`.
  ///
  /// - Parameters:
  ///   - idImages: how many ID images there are.
  ///   - oodImages: how many images each OOD set has.
  init(idImages: Int, oodImages: [Int], using generator: inout SplitMix64) {
    inDistribution = Self.multiplicities(count: idImages, using: &generator)
    var sets: [[Int32]] = []
    for count in oodImages { sets.append(Self.multiplicities(count: count, using: &generator)) }
    outOfDistribution = sets
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
