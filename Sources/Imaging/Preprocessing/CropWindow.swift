/// A centred window onto an image, larger or smaller than it.
struct CropWindow {
  private let image: PixelImage
  private let size: ImageSize
  /// The window's corner in the image; negative where the image is framed.
  private let top: Int
  private let left: Int

  init(image: PixelImage, size: ImageSize, rounding: CropRounding) {
    self.image = image
    self.size = size
    top = Self.offset(image.height, size.height, rounding)
    left = Self.offset(image.width, size.width, rounding)
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

  /// The part of an image that a window of a size looks at: cut to it, the image looks the same through the window.
  static func kept(of image: ImageSize, by size: ImageSize, _ rounding: CropRounding) -> Resampler.Window {
    func kept(_ side: Int, _ crop: Int) -> Range<Int> {
      let start = max(0, offset(side, crop, rounding))
      return start..<start + min(side, crop)
    }
    return Resampler.Window(columns: kept(image.width, size.width), rows: kept(image.height, size.height))
  }

  /// What the window shows, framed in zeros.
  var picture: PixelImage {
    let channels = image.channels
    var pixels = [UInt8](repeating: 0, count: size.height * size.width * channels)
    let columns = max(0, left)..<min(image.width, left + size.width)
    for row in max(0, top)..<min(image.height, top + size.height) {
      let source = (row * image.width + columns.lowerBound) * channels
      let target = ((row - top) * size.width + columns.lowerBound - left) * channels
      pixels.replaceSubrange(
        target..<target + columns.count * channels,
        with: image.pixels[source..<source + columns.count * channels])
    }
    return PixelImage(width: size.width, height: size.height, channels: channels, pixels: pixels)
  }

  /// Writes one channel through a table of 256 values, the frame as one of them.
  func write(
    _ channel: Int, table: [Float], frame: UInt8, into output: UnsafeMutableBufferPointer<Float>,
    from start: Int,
    step: Int
  ) {
    let channels = image.channels
    let source = min(channel, channels - 1)
    let firstColumn = max(0, -left)
    let lastColumn = min(size.width, image.width - left)
    image.pixels.withUnsafeBufferPointer { pixels in
      table.withUnsafeBufferPointer { table in
        let frameValue = table[Int(frame)]
        var target = start
        for y in 0..<size.height {
          let row = y + top
          let isInside = row >= 0 && row < image.height
          for x in 0..<size.width {
            if isInside, x >= firstColumn, x < lastColumn {
              output[target] = table[Int(pixels[(row &* image.width &+ x &+ left) &* channels &+ source])]
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
