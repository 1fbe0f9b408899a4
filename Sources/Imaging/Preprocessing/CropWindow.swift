/// A centred window on an image, larger or smaller than the image.
struct CropWindow {
  private let image: PixelImage
  /// Negative if the image is framed.
  private let window: Resampler.Window

  init(image: PixelImage, size: ImageSize, rounding: CropRounding) {
    self.image = image
    window = Resampler.Window(
      columns: Self.range(image.width, size.width, rounding),
      rows: Self.range(image.height, size.height, rounding))
  }

  /// The start of the window. If the image is larger, half of `side - crop` pixels lie before the window,
  /// with halves rounded by `rounding`. If it is smaller, `(crop - side) // 2` pixels of the frame lie before
  /// it, and the rest after it.
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

  /// The part of an image that a window of a size shows. After cutting to it, the image looks the same
  /// through the window.
  static func kept(of image: ImageSize, by size: ImageSize, _ rounding: CropRounding) -> Resampler.Window {
    Resampler.Window(
      columns: range(image.width, size.width, rounding).clamped(to: 0..<image.width),
      rows: range(image.height, size.height, rounding).clamped(to: 0..<image.height))
  }

  /// The content of the window, framed with zeros.
  var picture: PixelImage { image.part(window) }

  /// Writes one channel through a table of 256 values. The value of the frame is one of them.
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
