/// Pseudo-OOD images: an in-distribution image cut into a grid of tiles that are shuffled.
///
/// Works on the preprocessed tensor, the space the network sees. A tile is ⌊H/g⌋ × ⌊W/g⌋ pixels; the pixels left
/// over at the right and at the bottom become zero.
/// Source: Yu et al., *Block Selection Method for Using Feature Norm in Out-of-Distribution Detection*,
/// CVPR 2023, section 3.2 (3×3 grid).
public struct Jigsaw: Sendable, Hashable {
  /// Tiles along each side.
  public let grid: Int
  /// Length of the permutations that `apply` takes: the grid's square.
  public var tileCount: Int { grid * grid }

  /// The paper's, and the default.
  public static let threeByThree = Jigsaw(uncheckedGrid: 3)

  /// The largest grid: 1,024 tiles a side, far finer than any image that a classifier sees.
  static let largestGrid = 1_024

  /// - Throws: `OddityError.usage` where the grid has less than 2 or more than 1,024 tiles a side.
  public init(grid: Int = 3) throws(OddityError) {
    guard (2...Self.largestGrid).contains(grid) else {
      throw OddityError(
        .usage, "a jigsaw needs a grid of 2 to \(Self.largestGrid) tiles a side, not \(grid): try jigsaw:3")
    }
    self.init(uncheckedGrid: grid)
  }

  private init(uncheckedGrid grid: Int) {
    self.grid = grid
  }

  /// Writes the jigsaw of one image.
  ///
  /// Output tile p, counted row by row, is input tile `permutation[p]`; the identity gives the image itself
  /// (less the left-over pixels).
  ///
  /// - Parameters:
  ///   - image: the preprocessed image, `shape.count` values.
  ///   - pseudo: where the jigsaw goes, as many values, not overlapping `image`.
  ///   - shape: how both are laid out.
  ///   - permutation: a permutation of `0..<tileCount`.
  /// - Throws: `OddityError.badData` where the image has fewer pixels than the grid has tiles along a side.
  public func apply(
    from image: UnsafeBufferPointer<Float>, into pseudo: UnsafeMutableBufferPointer<Float>,
    shape: ImageShape, permutation: [Int]
  ) throws(OddityError) {
    precondition(image.count == shape.count && pseudo.count == shape.count, "buffers of another shape")
    precondition(permutation.count == tileCount, "a permutation of \(tileCount) tiles is needed")
    guard shape.height >= grid, shape.width >= grid else {
      throw OddityError(
        .badData,
        "an image of \(shape.height)×\(shape.width) pixels is too small for a \(grid)×\(grid) jigsaw: "
          + "use a coarser one (--pseudo-ood jigsaw:GRID)")
    }
    guard let source = image.baseAddress, let target = pseudo.baseAddress else { return }
    target.update(repeating: 0, count: pseudo.count)
    for plane in 0..<shape.planes {
      let start = plane * shape.height * shape.rowLength
      copyTiles(from: source + start, into: target + start, shape: shape, permutation: permutation)
    }
  }

  private func copyTiles(
    from source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, shape: ImageShape,
    permutation: [Int]
  ) {
    let tileHeight = shape.height / grid
    let tileLength = shape.width / grid * shape.pixelLength
    for (output, input) in permutation.enumerated() {
      let from = source + input / grid * tileHeight * shape.rowLength + input % grid * tileLength
      let into = target + output / grid * tileHeight * shape.rowLength + output % grid * tileLength
      for row in 0..<tileHeight {
        (into + row * shape.rowLength).update(from: from + row * shape.rowLength, count: tileLength)
      }
    }
  }
}
