import OddityModel

/// `tile[:GRID]`: one patch of the image, repeated over the whole image.
///
/// The patch is ⌈H/g⌉ × ⌈W/g⌉ pixels for a grid g (4). Two draws of the kind's stream determine its first
/// row, `draw % (H − h + 1)`, and its first column, `draw % (W − w + 1)`. Pixel (y, x) of the result is pixel
/// (y mod h, x mod w) of the patch, so the last row and column of tiles are cut off if the grid does not
/// divide a side.
struct Tile: GridKind {
  static let kind = "tile"
  static let standardGrid = 4

  let grid: Int

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) {
    var generator = image.random.stream(of: Self.kind)
    let rows = sources(side: image.shape.height, using: &generator)
    let columns = sources(side: image.shape.width, using: &generator)
    image.gather(rows.flatMap { row in columns.map { row * image.shape.width + $0 } }, into: pseudo)
  }

  /// The pixel along a side that each pixel of the result comes from.
  private func sources(side: Int, using generator: inout SplitMix64) -> [Int] {
    let patch = generator.nextInterval(of: (side + grid - 1) / grid, in: side)
    return (0..<side).map { patch.lowerBound + $0 % patch.count }
  }
}
