import OddityModel

/// `shapes`: rectangles, ellipses and lines in random colours on a plain background.
///
/// Draws of the kind's stream, in this order: the colour of the background (for each channel `min + u · (max
/// − min)`, with minimum and maximum of the channel in this image), the number of shapes, `2 + draw % 6`, and
/// for each of them its form, `draw % 3`, its colour, and the numbers of the form. Every point is x = uW,
/// then y = uH. Later shapes cover earlier ones. The centre of a pixel decides whether it is covered. The
/// first centre is at (½, ½).
/// - 0, a rectangle: two points, its corners. The left and top edges belong to it, the right and bottom ones
///   do not.
/// - 1, an ellipse: two points, the corners of its bounding rectangle.
/// - 2, a polyline: `3 + draw % 3` points, its width `max(1, S · (0.02 + 0.06u))` pixels, where S is the
///   shorter side, and then the points. It covers everything within half its width.
struct Shapes: PseudoOODTransform {
  static let kind = "shapes"

  init(strength: StrengthText) {}

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) {
    let shape = image.shape
    var generator = image.random.stream(of: Self.kind)
    let ranges = image.ranges()
    func paint(_ colour: [Double], _ pixel: Int) {
      for channel in 0..<shape.channels {
        pseudo[channel * shape.channelStride + pixel * shape.pixelStride] = Float(colour[channel])
      }
    }
    let ground = ranges.colour(using: &generator)
    for pixel in 0..<shape.pixelCount { paint(ground, pixel) }
    for _ in 0..<2 + generator.nextIndex(below: 6) {
      let form = generator.nextIndex(below: 3)
      let colour = ranges.colour(using: &generator)
      Outline(form: form, in: shape, using: &generator).forEachPixel(of: shape) { paint(colour, $0) }
    }
  }

  private enum Outline {
    case rectangle(Box)
    case ellipse(Box)
    case lines(Polyline, width: Double)

    init(form: Int, in shape: ImageShape, using generator: inout SplitMix64) {
      switch form {
      case 0: self = .rectangle(Box(in: shape, using: &generator))
      case 1: self = .ellipse(Box(in: shape, using: &generator))
      default:
        let count = 3 + generator.nextIndex(below: 3)
        let side = Double(min(shape.height, shape.width))
        let width = max(1, side * generator.nextNumber(from: 0.02, to: 0.08))
        let points = (0..<count).map { _ in generator.nextPoint(in: shape) }
        self = .lines(Polyline(points: points), width: width)
      }
    }

    /// Calls `body` with every pixel inside.
    func forEachPixel(of shape: ImageShape, _ body: (Int) -> Void) {
      switch self {
      case .rectangle(let box): box.forEachPixel(of: shape, where: box.holds, body)
      case .ellipse(let box): box.forEachPixel(of: shape, where: box.ellipseHolds, body)
      case .lines(let lines, let width):
        let distances = lines.squaredDistances(in: shape, upTo: width / 2)
        for (pixel, distance) in distances.enumerated() where distance <= width / 2 * (width / 2) {
          body(pixel)
        }
      }
    }
  }

  private struct Box {
    let left: Double
    let top: Double
    let right: Double
    let bottom: Double

    init(in shape: ImageShape, using generator: inout SplitMix64) {
      let (first, second) = (generator.nextPoint(in: shape), generator.nextPoint(in: shape))
      (left, right) = (min(first.x, second.x), max(first.x, second.x))
      (top, bottom) = (min(first.y, second.y), max(first.y, second.y))
    }

    func holds(_ point: Polyline.Point) -> Bool {
      left <= point.x && point.x < right && top <= point.y && point.y < bottom
    }

    func ellipseHolds(_ point: Polyline.Point) -> Bool {
      let across = (point.x - (left + right) / 2) / ((right - left) / 2)
      let down = (point.y - (top + bottom) / 2) / ((bottom - top) / 2)
      return across * across + down * down <= 1
    }

    func forEachPixel(
      of shape: ImageShape, where holds: (Polyline.Point) -> Bool, _ body: (Int) -> Void
    ) {
      for row in shape.rows(from: top, to: bottom) {
        for column in shape.columns(from: left, to: right)
        where holds((Double(column) + 0.5, Double(row) + 0.5)) {
          body(row * shape.width + column)
        }
      }
    }
  }
}

extension SplitMix64 {
  /// x = uW, then y = uH.
  fileprivate mutating func nextPoint(in shape: ImageShape) -> Polyline.Point {
    let x = nextUnit() * Double(shape.width)
    return (x, nextUnit() * Double(shape.height))
  }
}
