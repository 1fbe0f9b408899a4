import OddityModel

/// `jigsaw[:GRID]`: the image cut into a grid of tiles that are shuffled.
///
/// A tile is ⌊H/g⌋ × ⌊W/g⌋ pixels. The remaining pixels at the right and at the bottom become zero. Tile p of
/// the result, counted row by row, is tile `order[p]` of the image, with the permutation that starts at the
/// third draw of `SplitMix64(seed xor id)`. The identity is not excluded, as in the reference code.
/// Source: Yu et al., *Block Selection Method for Using Feature Norm in Out-of-Distribution Detection*, CVPR
/// 2023, section 3.2 (3×3 grid).
struct Jigsaw: GridKind {
  static let kind = "jigsaw"
  static let standardGrid = 3

  /// The grid of the paper, and the default.
  static let threeByThree = Jigsaw(grid: standardGrid)

  let grid: Int

  func check(_ shape: ImageShape) throws(OddityError) {
    try shape.check(holds: grid, of: Self.kind)
  }

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) {
    image.gather(sources(image.shape, order: image.random.permutation(count: grid * grid)), into: pseudo)
  }

  /// The origin of each pixel: `nil` for pixels that no tile covers.
  func sources(_ shape: ImageShape, order: [Int]) -> [Int?] {
    let (height, width) = (shape.height / grid, shape.width / grid)
    func corner(_ tile: Int) -> Int { tile / grid * height * shape.width + tile % grid * width }
    var sources = [Int?](repeating: nil, count: shape.pixelCount)
    for (output, input) in order.enumerated() {
      for row in 0..<height {
        let (into, from) = (corner(output) + row * shape.width, corner(input) + row * shape.width)
        for column in 0..<width { sources[into + column] = from + column }
      }
    }
    return sources
  }
}
