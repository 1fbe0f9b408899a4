import OddityModel

/// Straight lines from point to point, in pixels: x to the right, y downwards, the first pixel's centre at (½, ½).
struct Polyline {
  typealias Point = (x: Double, y: Double)

  let points: [Point]

  /// For every pixel, row by row, the squared distance of its centre to the nearest line. It may be infinity
  /// if the distance is above `reach`.
  func squaredDistances(in shape: ImageShape, upTo reach: Double) -> [Double] {
    var distances = Array(repeating: Double.infinity, count: shape.pixelCount)
    for (start, end) in zip(points, points.dropFirst()) {
      let rows = shape.rows(from: min(start.y, end.y) - reach, to: max(start.y, end.y) + reach)
      let columns = shape.columns(from: min(start.x, end.x) - reach, to: max(start.x, end.x) + reach)
      let line = Line(start: start, end: end)
      for row in rows {
        for column in columns {
          let pixel = row * shape.width + column
          distances[pixel] = min(
            distances[pixel], line.squaredDistance(to: (Double(column) + 0.5, Double(row) + 0.5)))
        }
      }
    }
    return distances
  }

  private struct Line {
    let start: Point
    let along: Point
    let squaredLength: Double

    init(start: Point, end: Point) {
      self.start = start
      along = (end.x - start.x, end.y - start.y)
      squaredLength = along.x * along.x + along.y * along.y
    }

    func squaredDistance(to point: Point) -> Double {
      let (x, y) = (point.x - start.x, point.y - start.y)
      let share = squaredLength > 0 ? (x * along.x + y * along.y) / squaredLength : 0
      let nearest = min(max(share, 0), 1)
      let (across, down) = (x - nearest * along.x, y - nearest * along.y)
      return across * across + down * down
    }
  }
}

extension ImageShape {
  /// All rows that overlap the range between two heights, and perhaps one more at either end.
  func rows(from top: Double, to bottom: Double) -> Range<Int> { Self.pixels(top, bottom, of: height) }

  /// The same for columns.
  func columns(from left: Double, to right: Double) -> Range<Int> { Self.pixels(left, right, of: width) }

  private static func pixels(_ start: Double, _ end: Double, of side: Int) -> Range<Int> {
    func limited(_ pixel: Double) -> Int { min(max(Int(pixel), 0), side) }
    return limited(start.rounded(.down))..<limited(end.rounded(.down) + 1)
  }
}
