import OddityModel

/// `zoom[:FACTOR]`: a rectangle of the image, enlarged to the size of the image.
///
/// The rectangle is ⌊H/f⌋ × ⌊W/f⌋ pixels, at least 1 × 1, for a factor f (3). Two draws of the kind's stream
/// determine its first row, `draw % (H − h + 1)`, and its first column, `draw % (W − w + 1)`. The enlargement
/// is linear along columns and rows. Pixel i of a side of n is at `(i + ½) · m/n − ½` among the m pixels of
/// the rectangle, whose edge pixels repeat.
struct Zoom: PseudoOODTransform {
  static let kind = "zoom"
  static let strengthName: String? = "FACTOR"
  static let factors = 1.1...100.0

  /// The factor of each side.
  let factor: Double

  init(strength: StrengthText) throws(OddityError) {
    factor = try strength.number(in: Self.factors) ?? 3
  }

  var strength: String? { Numbers.shortest(factor) }

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) {
    let shape = image.shape
    var generator = image.random.stream(of: Self.kind)
    let rows = sources(side: shape.height, using: &generator)
    let columns = sources(side: shape.width, using: &generator)
    for channel in 0..<shape.channels {
      func value(_ row: Int, _ column: Int) -> Double {
        Double(image.values[channel * shape.channelStride + (row * shape.width + column) * shape.pixelStride])
      }
      var pixel = 0
      shape.forEachPixel(of: channel) { place in
        let (row, column) = (rows[pixel / shape.width], columns[pixel % shape.width])
        let upper = column.mix(value(row.first, column.first), value(row.first, column.second))
        let lower = column.mix(value(row.second, column.first), value(row.second, column.second))
        pseudo[place] = Float(row.mix(upper, lower))
        pixel += 1
      }
    }
  }

  /// The two pixels of a side between which each pixel of the result lies.
  private func sources(side: Int, using generator: inout SplitMix64) -> [Between] {
    let length = max(1, Int(Double(side) / factor))
    let interval = generator.nextInterval(of: length, in: side)
    return (0..<side).map { pixel in
      let middle = (Double(pixel) + 0.5) * Double(length) / Double(side) - 0.5
      let position = min(max(middle, 0), Double(length - 1))
      let first = Int(position)
      return Between(
        first: interval.lowerBound + first, second: interval.lowerBound + min(first + 1, length - 1),
        share: position - Double(first))
    }
  }

  /// A position between two pixels of a side.
  private struct Between {
    let first: Int
    let second: Int
    /// The weight of the second pixel.
    let share: Double

    func mix(_ first: Double, _ second: Double) -> Double { first + share * (second - first) }
  }
}
