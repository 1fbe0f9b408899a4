import ONNXGraph
import OddityModel

/// Jigsaws that the engine makes on its device. They are bitwise equal to those of ``Jigsaw/write(_:into:)``.
extension Jigsaw {
  /// The jigsaws of a batch.
  ///
  /// - Parameters:
  ///   - images: [N, C, H, W] or [N, H, W, C].
  ///   - tiles: what ``tiles(_:)`` gives for them, [N, grid²], int64.
  func jigsaws(of images: Tensor, shape: ImageShape, tiles: Tensor) -> Tensor {
    let axes = TileAxes(shape)
    let (height, width) = (shape.height / grid, shape.width / grid)
    let (tall, wide) = (grid * height, grid * width)
    let cut = images.slice(0..<tall, axis: axes.vertical).slice(0..<wide, axis: axes.horizontal)
    let pieces = cut.reshaped(axes.cut(grid, height, width, shape.channels)).transposed(axes.toTiles)
      .reshaped([-1, shape.channels * height * width])
    let shuffled = pieces.rows(at: tiles.flattened())
      .reshaped(axes.tiled(grid, height, width, shape.channels)).transposed(axes.fromTiles)
      .reshaped(axes.image(tall, wide, shape.channels))
    return shuffled.filled(
      axes.horizontal, beside: images.slice(0..<tall, axis: axes.vertical), wide..<shape.width
    )
    .filled(axes.vertical, beside: images, tall..<shape.height)
  }

  /// Whether a Float can hold the number of every tile in the largest batch that is measured.
  var isCountedExactly: Bool { grid <= 128 }

  /// For each tile of the result, the tile of the batch that it comes from. Tiles of all images are numbered
  /// consecutively.
  func tiles(_ images: [ImageRandomness]) -> [Float] {
    let count = grid * grid
    return images.enumerated().flatMap { image, random in
      random.permutation(count: count).map { Float(image * count + $0) }
    }
  }
}

extension Tensor {
  /// This tensor, extended along an axis with as many zeros as another tensor has entries there.
  fileprivate func filled(_ axis: Int, beside other: Tensor, _ entries: Range<Int>) -> Tensor {
    guard !entries.isEmpty else { return self }
    let zero = Tensor([Float(0)], dims: [1]).cast(to: type)
    return .concatenation([self, zero.expanded(like: other.slice(entries, axis: axis))], axis: axis)
  }
}

/// The axes of images that are cut into tiles.
private struct TileAxes {
  private let isChannelsFirst: Bool

  init(_ shape: ImageShape) { isChannelsFirst = shape.channelStride != 1 }

  var vertical: Int { isChannelsFirst ? 2 : 1 }
  var horizontal: Int { vertical + 1 }

  func image(_ height: Int, _ width: Int, _ channels: Int) -> [Int] {
    isChannelsFirst ? [-1, channels, height, width] : [-1, height, width, channels]
  }

  /// The shape with each side split into tiles and the pixels of a tile.
  func cut(_ grid: Int, _ height: Int, _ width: Int, _ channels: Int) -> [Int] {
    isChannelsFirst ? [-1, channels, grid, height, grid, width] : [-1, grid, height, grid, width, channels]
  }

  /// [N, grid, grid, …]
  func tiled(_ grid: Int, _ height: Int, _ width: Int, _ channels: Int) -> [Int] {
    isChannelsFirst ? [-1, grid, grid, channels, height, width] : [-1, grid, grid, height, width, channels]
  }

  var toTiles: [Int] { isChannelsFirst ? [0, 2, 4, 1, 3, 5] : [0, 1, 3, 2, 4, 5] }
  var fromTiles: [Int] { isChannelsFirst ? [0, 3, 1, 4, 2, 5] : [0, 1, 3, 2, 4, 5] }
}
