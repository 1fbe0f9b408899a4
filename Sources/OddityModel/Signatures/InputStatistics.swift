import Foundation

/// Statistics of a network's input: its range, its colours, how smooth it is, and where it is bright.
struct InputStatistics {
  /// The values in the order of ``names(channels:)``.
  let values: [Double]

  static func names(channels: Int) -> [String] {
    (0..<channels).flatMap { ["input.mean.\($0)", "input.spread.\($0)"] } + ["input.least", "input.largest"]
      + (channels == 3 ? ["input.colour", "input.red", "input.blue", "input.colour_detail"] : [])
      + [
        "input.across", "input.down", "input.across_to_down", "input.fine", "input.crossed", "input.tiles",
        "input.top", "input.left", "input.flat", "input.skew", "input.edge.top", "input.edge.bottom",
        "input.edge.left",
        "input.edge.right", "input.coarse.2", "input.coarse.4",
      ]
  }

  /// - Parameter tensor: one image's input.
  init(_ tensor: ArraySlice<Float>, form: InputForm) {
    let planes = (0..<form.channels).map { Plane(tensor, channel: $0, form: form) }
    let grey = Plane(meanOf: planes)
    var values = planes.flatMap { [asinh($0.mean), log($0.spread + 1e-9)] }
    values += [
      asinh(planes.map(\.least).min() ?? 0), asinh(planes.map(\.largest).max() ?? 0),
    ]
    if planes.count == 3 { values += Self.colours(planes) }
    self.values = values + grey.structure
  }

  private static func colours(_ planes: [Plane]) -> [Double] {
    let all = planes.flatMap(\.values)
    let spread = Plane.spread(all) + 1e-12
    var colour = 0.0
    for pixel in planes[0].values.indices {
      colour += Plane.spread(planes.map { $0.values[pixel] })
    }
    let difference = planes[0].minus(planes[1])
    let (across, down) = (difference.meanStep(0, 1), difference.meanStep(1, 0))
    return [
      log(colour / Double(planes[0].values.count) + 1e-9), (planes[0].mean - planes[1].mean) / spread,
      (planes[2].mean - planes[1].mean) / spread,
      log((across + down) / (difference.spread + 1e-6) + 1e-3),
    ]
  }
}

/// One channel of an image, row by row.
private struct Plane {
  let height: Int
  let width: Int
  let values: [Double]

  init(height: Int, width: Int, values: [Double]) {
    (self.height, self.width, self.values) = (height, width, values)
  }

  init(_ tensor: ArraySlice<Float>, channel: Int, form: InputForm) {
    var values: [Double] = []
    values.reserveCapacity(form.height * form.width)
    for row in 0..<form.height {
      for column in 0..<form.width {
        let value = Double(tensor[tensor.startIndex + form.place(row: row, column: column, channel: channel)])
        values.append(value.isFinite ? value : 0)
      }
    }
    self.init(height: form.height, width: form.width, values: values)
  }

  init(meanOf planes: [Plane]) {
    let count = Double(planes.count)
    let values = planes[0].values.indices.map { pixel in planes.reduce(0) { $0 + $1.values[pixel] } / count }
    self.init(height: planes[0].height, width: planes[0].width, values: values)
  }

  var mean: Double { values.reduce(0, +) / Double(values.count) }
  var spread: Double { Self.spread(values) }
  var least: Double { values.min() ?? 0 }
  var largest: Double { values.max() ?? 0 }

  static func spread(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
  }

  func minus(_ other: Plane) -> Plane {
    Plane(height: height, width: width, values: zip(values, other.values).map { $0 - $1 })
  }

  /// The mean absolute difference of pixels at this distance; 0 if there are none.
  func meanStep(_ down: Int, _ right: Int) -> Double {
    mean(rows: 0..<max(0, height - down), columns: 0..<max(0, width - right)) { row, column in
      abs(self[row + down, column + right] - self[row, column])
    }
  }

  private subscript(row: Int, column: Int) -> Double { values[row * width + column] }

  private func mean(
    rows: Range<Int>, columns: Range<Int>, columnStep: Int = 1, rowStep: Int = 1,
    _ value: (Int, Int) -> Double
  ) -> Double {
    var (sum, count) = (0.0, 0)
    for row in stride(from: rows.lowerBound, to: rows.upperBound, by: rowStep) {
      for column in stride(from: columns.lowerBound, to: columns.upperBound, by: columnStep) {
        sum += value(row, column)
        count += 1
      }
    }
    return count > 0 ? sum / Double(count) : 0
  }

  /// All statistics that do not depend on brightness and contrast.
  var structure: [Double] {
    let unit = spread + 1e-9
    let (across, down) = (meanStep(0, 1) / unit, meanStep(1, 0) / unit)
    let steps = log(across + down + 1e-6)
    return [
      log(across + 1e-6), log(down + 1e-6), log((across + 1e-6) / (down + 1e-6)),
      log(fineness / unit + 1e-6) - steps, log(crossing / unit + 1e-6) - steps,
      tiling(across * unit + down * unit),
    ] + places(unit) + edges(unit)
      + [2, 4].map { log(averaged($0).spread / unit + 1e-6) }
  }

  /// The mean absolute second difference.
  private var fineness: Double {
    mean(rows: 1..<max(1, height - 1), columns: 1..<max(1, width - 1)) { row, column in
      abs(
        4 * self[row, column] - self[row - 1, column] - self[row + 1, column] - self[row, column - 1]
          - self[row, column + 1])
    }
  }

  /// The mean absolute mixed difference along both directions.
  private var crossing: Double {
    mean(rows: 1..<max(1, height), columns: 1..<max(1, width)) { row, column in
      abs(self[row, column] - self[row, column - 1] - self[row - 1, column] + self[row - 1, column - 1])
    }
  }

  /// By how much steps between the 8×8 tiles that JPEG makes are larger than other steps.
  private func tiling(_ steps: Double) -> Double {
    guard height > 8, width > 8 else { return 0 }
    let across = mean(rows: 0..<height, columns: 7..<width - 1, columnStep: 8) { row, column in
      abs(self[row, column + 1] - self[row, column])
    }
    let down = mean(rows: 7..<height - 1, columns: 0..<width, rowStep: 8) { row, column in
      abs(self[row + 1, column] - self[row, column])
    }
    return log((across + down + 1e-6) / (steps + 1e-6))
  }

  /// Where the image is bright, how much of it is flat, and how skewed its levels are.
  private func places(_ unit: Double) -> [Double] {
    func part(_ rows: Range<Int>, _ columns: Range<Int>) -> Double {
      mean(rows: rows, columns: columns) { self[$0, $1] }
    }
    let (rows, columns) = (0..<height, 0..<width)
    let flatAcross = mean(rows: rows, columns: 0..<width - 1) { self[$0, $1 + 1] == self[$0, $1] ? 1 : 0 }
    let flatDown = mean(rows: 0..<height - 1, columns: columns) { self[$0 + 1, $1] == self[$0, $1] ? 1 : 0 }
    let centre = mean
    let cubes = values.reduce(0) { $0 + pow(($1 - centre) / unit, 3) } / Double(values.count)
    return [
      (part(0..<height / 2, columns) - part(height - height / 2..<height, columns)) / unit,
      (part(rows, 0..<width / 2) - part(rows, width - width / 2..<width)) / unit,
      log((flatAcross + flatDown) / 2 + 1e-2), cubes,
    ]
  }

  /// How much detail there is along each edge.
  private func edges(_ unit: Double) -> [Double] {
    let depth = max(1, height / 16)
    func spread(_ rows: Range<Int>, _ columns: Range<Int>) -> Double {
      Self.spread(rows.flatMap { row in columns.map { self[row, $0] } })
    }
    let (rows, columns) = (0..<height, 0..<width)
    let side = min(depth, width)
    return [
      spread(0..<depth, columns), spread(height - depth..<height, columns), spread(rows, 0..<side),
      spread(rows, width - side..<width),
    ].map { log($0 / unit + 1e-3) }
  }

  /// The channel with each square of this many pixels per side averaged into one.
  private func averaged(_ side: Int) -> Plane {
    let (rows, columns) = (height / side, width / side)
    guard rows > 0, columns > 0 else { return self }
    let values = (0..<rows * columns).map { tile in
      let (top, left) = (tile / columns * side, tile % columns * side)
      return mean(rows: top..<top + side, columns: left..<left + side) { self[$0, $1] }
    }
    return Plane(height: rows, width: columns, values: values)
  }
}
