import Foundation

/// The frame of a chart: two axes, and the coordinates of values between them.
struct Plot: Sendable {
  static let width = 440.0
  static let height = 290.0
  private static let margins = (left: 56.0, right: 18.0, top: 20.0, bottom: 44.0)

  let horizontal: Axis
  let vertical: Axis
  /// Maps values to coordinates.
  let x: Scale
  let y: Scale

  init(horizontal: Axis, vertical: Axis) {
    (self.horizontal, self.vertical) = (horizontal, vertical)
    x = Scale(domain: horizontal.domain, places: (Self.margins.left, Self.width - Self.margins.right))
    y = Scale(domain: vertical.domain, places: (Self.height - Self.margins.bottom, Self.margins.top))
  }

  /// The whole drawing.
  ///
  /// - Parameters:
  ///   - title: a title for readers who do not see the chart.
  ///   - description: its content in a sentence or two.
  ///   - marks: the elements to draw, from back to front.
  func svg(title: String, description: String, marks: [Markup]) -> Markup {
    .element(
      "svg",
      [
        "viewBox": "0 0 \(Self.width.place) \(Self.height.place)", "role": "img",
        "class": "chart",
      ],
      [.element("title", [:], title), .element("desc", [:], description)] + [grid] + marks + titles)
  }

  /// "x,y" of a point.
  func point(_ horizontal: Double, _ vertical: Double) -> String {
    x(horizontal).place + "," + y(vertical).place
  }

  private var grid: Markup {
    let (left, right) = (x.places.0, x.places.1)
    let (bottom, top) = (y.places.0, y.places.1)
    let rows = vertical.ticks.map { tick in
      Markup.group([
        Markup.segment(left, y(tick.value), right, y(tick.value), class: "grid"),
        label(tick.label, x: left - 6, y: y(tick.value) + 4, anchor: "end"),
      ])
    }
    let columns = horizontal.ticks.map { tick in
      Markup.group([
        Markup.segment(x(tick.value), bottom, x(tick.value), bottom + 4, class: "axis"),
        label(tick.label, x: x(tick.value), y: bottom + 17, anchor: "middle"),
      ])
    }
    let axes = [
      Markup.segment(left, bottom, right, bottom, class: "axis"),
      Markup.segment(left, bottom, left, top, class: "axis"),
    ]
    return .element("g", ["aria-hidden": "true"], rows + columns + axes)
  }

  private var titles: [Markup] {
    let middle = (y.places.0 + y.places.1) / 2
    return [
      label(horizontal.title, x: (x.places.0 + x.places.1) / 2, y: Self.height - 8, anchor: "middle"),
      label(
        vertical.title, x: 0, y: 0, anchor: "middle",
        transform: "translate(13 \(middle.place)) rotate(-90)"),
    ]
  }

  func label(
    _ text: String, x: Double, y: Double, anchor: String, transform: String? = nil, class name: String? = nil
  ) -> Markup {
    .element(
      "text",
      [
        "x": x.place, "y": y.place, "text-anchor": anchor, "transform": transform, "class": name,
      ], text)
  }
}

extension Double {
  /// The number as a coordinate. Tenths of a unit are finer than anyone can see.
  var place: String {
    let tenths = (self * 10).rounded()
    let whole = Int(tenths / 10)
    let rest = Int(abs(tenths)) % 10
    if rest == 0 { return String(whole) }
    return (tenths < 0 && whole == 0 ? "-" : "") + "\(whole).\(rest)"
  }
}
