/// A centred window onto an image, larger or smaller than it.
struct CropWindow {
  private let image: PixelImage
  /// Negative where the image is framed.
  private let window: Resampler.Window

  init(image: PixelImage, size: ImageSize, rounding: CropRounding) {
    self.image = image
    window = Resampler.Window(
      columns: Self.range(image.width, size.width, rounding),
      rows: Self.range(image.height, size.height, rounding))
  }

  /// Where the window starts: a larger image loses half of `side - crop` pixels before it, halves rounded by `rounding`;
  /// a smaller one gets `(crop - side) // 2` before it and the rest after.
  static func offset(_ side: Int, _ crop: Int, _ rounding: CropRounding) -> Int {
    if side < crop { return -((crop - side) / 2) }
    switch rounding {
    case .down: return (side - crop) / 2
    case .even: return Int((Double(side - crop) / 2).rounded(.toNearestOrEven))
    }
  }

  private static func range(_ side: Int, _ crop: Int, _ rounding: CropRounding) -> Range<Int> {
    let start = offset(side, crop, rounding)
    return start..<start + crop
  }

  /// The part of an image that a window of a size looks at: cut to it, the image looks the same through the window.
  static func kept(of image: ImageSize, by size: ImageSize, _ rounding: CropRounding) -> Resampler.Window {
    Resampler.Window(
      columns: range(image.width, size.width, rounding).clamped(to: 0..<image.width),
      rows: range(image.height, size.height, rounding).clamped(to: 0..<image.height))
  }

  /// What the window shows, framed in zeros.
  var picture: PixelImage { image.part(window) }

  /// Writes one channel through a table of 256 values, the frame as one of them.
  func write(
    _ channel: Int, table: [Float], frame: UInt8, into output: UnsafeMutableBufferPointer<Float>,
    from start: Int, step: Int
  ) {
    let channels = image.channels
    let source = min(channel, channels - 1)
    image.pixels.withUnsafeBufferPointer { pixels in
      table.withUnsafeBufferPointer { table in
        let frameValue = table[Int(frame)]
        var target = start
        for row in window.rows {
          let isInside = row >= 0 && row < image.height
          for column in window.columns {
            if isInside, column >= 0, column < image.width {
              output[target] = table[Int(pixels[(row &* image.width &+ column) &* channels &+ source])]
            } else {
              output[target] = frameValue
            }
            target &+= step
          }
        }
      }
    }
  }
}
