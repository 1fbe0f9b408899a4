import OddityModel

/// `strokes`: bright curved strokes on a dark plain background, similar to handwriting.
///
/// Draws of the kind's stream, in this order: the brightness of the background `0.2u`, the brightness of the
/// strokes `0.8 + 0.2u`, their number, `1 + draw % 3`, and for each its width `w = max(1, S · (0.05 +
/// 0.05u))` pixels, where S is the shorter side, and four points, each as x = W(0.15 + 0.7u) and then y =
/// H(0.15 + 0.7u). Brightness b is `min + b · (max − min)` in each channel, with minimum and maximum of the
/// channel in this image. A stroke follows the cubic Bézier curve of its points, from the first to the last,
/// in 16 straight lines between the points at t = 0, 1/16, …, 1. It covers a share `w/2 + ½ − d`, limited to
/// [0, 1], of a pixel whose centre is d pixels away from the lines. The first centre is at (½, ½). At
/// crossings, the largest share counts.
struct Strokes: PseudoOODTransform {
  static let kind = "strokes"
  private static let lines = 16

  init(strength: StrengthText) {}

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) {
    let shape = image.shape
    var generator = image.random.stream(of: Self.kind)
    let ranges = image.ranges()
    let ground = ranges.grey(generator.nextNumber(from: 0, to: 0.2))
    let ink = ranges.grey(generator.nextNumber(from: 0.8, to: 1))
    var shares = Array(repeating: 0.0, count: shape.pixelCount)
    for _ in 0..<1 + generator.nextIndex(below: 3) {
      let side = Double(min(shape.height, shape.width))
      let reach = max(1, side * generator.nextNumber(from: 0.05, to: 0.1)) / 2 + 0.5
      let distances = Self.stroke(in: shape, using: &generator).squaredDistances(in: shape, upTo: reach)
      for (pixel, distance) in distances.enumerated() where distance < reach * reach {
        shares[pixel] = max(shares[pixel], min(1, reach - distance.squareRoot()))
      }
    }
    image.blend(ground, ink, shares: shares, into: pseudo)
  }

  private static func stroke(in shape: ImageShape, using generator: inout SplitMix64) -> Polyline {
    let points = (0..<4).map { _ in
      let x = Double(shape.width) * generator.nextNumber(from: 0.15, to: 0.85)
      return (x: x, y: Double(shape.height) * generator.nextNumber(from: 0.15, to: 0.85))
    }
    let path = (0...lines).map { step -> Polyline.Point in
      let weights = bernstein(Double(step) / Double(lines))
      func mean(_ side: (Polyline.Point) -> Double) -> Double {
        zip(weights, points).reduce(0) { $0 + $1.0 * side($1.1) }
      }
      return (mean { $0.x }, mean { $0.y })
    }
    return Polyline(points: path)
  }

  /// The weights of the four points of a cubic Bézier curve.
  private static func bernstein(_ time: Double) -> [Double] {
    let rest = 1 - time
    return [rest * rest * rest, 3 * rest * rest * time, 3 * rest * time * time, time * time * time]
  }
}
