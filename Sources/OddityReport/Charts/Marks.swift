/// The elements of a chart.
extension Markup {
  /// A straight line between two places.
  static func segment(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, class name: String) -> Markup {
    .element(
      "line",
      [
        "x1": x1.place, "y1": y1.place, "x2": x2.place, "y2": y2.place,
        "class": name,
      ])
  }
}

extension Plot {
  /// A point of a line. There is a gap if its height is not a number.
  struct Point: Sendable, Equatable {
    let x: Double
    let y: Double
  }

  /// The lower and upper end of something at one position.
  struct Extent: Sendable, Equatable {
    let x: Double
    let lower: Double
    let upper: Double
  }

  /// A line through the points, interrupted if one is not finite.
  func line(_ points: [Point], _ style: SeriesStyle) -> Markup {
    var path = ""
    var isDrawing = false
    for point in points {
      guard point.x.isFinite, point.y.isFinite else {
        isDrawing = false
        continue
      }
      path += (isDrawing ? "L" : "M") + self.point(point.x, point.y)
      isDrawing = true
    }
    guard !path.isEmpty else { return .group([]) }
    return .element(
      "path", ["d": path, "class": "line \(style.colour)", "stroke-dasharray": style.dash])
  }

  /// The area between two lines.
  func band(_ extents: [Extent], class name: String) -> Markup {
    let drawn = extents.filter { $0.lower.isFinite && $0.upper.isFinite }
    guard drawn.count > 1 else { return .group([]) }
    let edge = drawn.map { point($0.x, $0.upper) } + drawn.reversed().map { point($0.x, $0.lower) }
    return .element("path", ["d": "M" + edge.joined(separator: "L") + "z", "class": "band \(name)"])
  }

  /// A marker with a text that appears when the pointer is on it.
  func marker(_ point: Point, _ style: SeriesStyle, isChosen: Bool = false, note: String) -> Markup {
    guard point.x.isFinite, point.y.isFinite else { return .group([]) }
    let place = "translate(\(x(point.x).place) \(y(point.y).place))"
    let ring: [Markup] =
      isChosen ? [.element("circle", ["r": "9", "class": "ring"])] : []
    return .element(
      "g", ["transform": place],
      [.element("title", [:], note)] + ring
        + [.element("path", ["d": style.marker, "class": "marker \(style.colour)"])])
  }

  /// The bar of an interval, with its ends.
  func interval(_ extent: Extent, _ style: SeriesStyle) -> Markup {
    guard extent.lower.isFinite, extent.upper.isFinite else { return .group([]) }
    let (left, low, high) = (x(extent.x), y(extent.lower), y(extent.upper))
    let ends = [low, high].map { "M\((left - 4).place),\($0.place)h8" }.joined()
    let stem = "M\(left.place),\(low.place)V\(high.place)"
    return .element("path", ["d": stem + ends, "class": "line thin \(style.colour)"])
  }

  /// A horizontal line at a reference value.
  func level(_ value: Double) -> Markup {
    guard vertical.domain.contains(value) else { return .group([]) }
    return .segment(
      x(horizontal.domain.lowerBound), y(value), x(horizontal.domain.upperBound), y(value),
      class: "reference")
  }

  /// A vertical line at a value, with its name.
  func upright(_ value: Double, name: String) -> Markup {
    guard value.isFinite, horizontal.domain.contains(value) else { return .group([]) }
    let (left, high) = (x(value), y(vertical.domain.upperBound))
    let anchor = left > Plot.width * 0.8 ? "end" : left < Plot.width * 0.2 ? "start" : "middle"
    return .group([
      .segment(left, y(vertical.domain.lowerBound), left, high, class: "threshold"),
      label(name, x: left, y: high - 6, anchor: anchor, class: "note"),
    ])
  }

  /// The line of equal values.
  func diagonal() -> Markup {
    let end = min(horizontal.domain.upperBound, vertical.domain.upperBound)
    return .segment(x(0), y(0), x(end), y(end), class: "reference")
  }
}
