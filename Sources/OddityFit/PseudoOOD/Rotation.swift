import OddityModel

/// `rotation`: the image turned anticlockwise by one, two or three quarters.
///
/// The number of quarters is 1 + `draw % 3`, with the first draw of the kind's stream, and turns are those of
/// `numpy.rot90` on [H, W]. An image that is not square is always turned by two quarters, because only that
/// keeps its shape.
struct Rotation: PseudoOODTransform {
  static let kind = "rotation"

  init(strength: StrengthText) {}

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) {
    var generator = image.random.stream(of: Self.kind)
    let isSquare = image.shape.height == image.shape.width
    image.gather(
      Self.sources(image.shape, quarters: isSquare ? 1 + Int(generator.next() % 3) : 2), into: pseudo)
  }

  /// The pixel that each pixel comes from.
  private static func sources(_ shape: ImageShape, quarters: Int) -> [Int?] {
    let (bottom, right) = (shape.height - 1, shape.width - 1)
    return (0..<shape.pixelCount).map { pixel in
      let (row, column) = (pixel / shape.width, pixel % shape.width)
      return switch quarters {
      case 1: column * shape.width + right - row
      case 2: (bottom - row) * shape.width + right - column
      default: (bottom - column) * shape.width + row
      }
    }
  }
}
