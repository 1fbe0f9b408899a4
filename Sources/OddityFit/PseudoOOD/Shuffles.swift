import OddityModel

/// `pixel-shuffle`: all pixels shuffled, channels together.
///
/// Pixel p of the result, counted row by row, is pixel `order[p]` of the image, with one permutation of all
/// pixels from the kind's stream. Only the colours remain.
struct PixelShuffle: PseudoOODTransform {
  static let kind = "pixel-shuffle"

  init(strength: StrengthText) {}

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) {
    var generator = image.random.stream(of: Self.kind)
    image.gather(generator.nextPermutation(count: image.shape.pixelCount), into: pseudo)
  }
}

/// `patch-shuffle[:GRID]`: the image with shuffled pixels within each patch, channels together (4×4 patches).
///
/// Patch (r, c) has the rows from ⌊rH/g⌋ to below ⌊(r+1)H/g⌋, and likewise columns, so that every pixel is in
/// one patch. Patches are processed row by row. In each, pixel p, counted row by row, is pixel `order[p]` of
/// the patch, with the next permutation from the kind's stream. Details are lost, and the coarse layout
/// stays.
/// Source: Kang et al., *PatchShuffle Regularization*, arXiv 1707.07103, 2017.
struct PatchShuffle: GridKind {
  static let kind = "patch-shuffle"
  static let standardGrid = 4

  let grid: Int

  func check(_ shape: ImageShape) throws(OddityError) {
    try shape.check(holds: grid, of: Self.kind)
  }

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) {
    var generator = image.random.stream(of: Self.kind)
    var sources = [Int?](repeating: nil, count: image.shape.pixelCount)
    for patch in 0..<grid * grid {
      let pixels = pixels(of: patch, shape: image.shape)
      for (pixel, position) in zip(pixels, generator.nextPermutation(count: pixels.count)) {
        sources[pixel] = pixels[position]
      }
    }
    image.gather(sources, into: pseudo)
  }

  /// The pixels of a patch, row by row.
  private func pixels(of patch: Int, shape: ImageShape) -> [Int] {
    func range(_ place: Int, _ side: Int) -> Range<Int> { place * side / grid..<(place + 1) * side / grid }
    let columns = range(patch % grid, shape.width)
    return range(patch / grid, shape.height).flatMap { row in columns.map { row * shape.width + $0 } }
  }
}
