/// A centred window onto an image, larger or smaller than it.
struct CropWindow {
  private let image: PixelImage
  private let size: ImageSize
  /// The window's corner in the image; negative where the image is framed in zeros.
  private let top: Int
  private let left: Int

  init(image: PixelImage, size: ImageSize) {
    self.image = image
    self.size = size
    top = Self.offset(image.height, size.height)
    left = Self.offset(image.width, size.width)
  }

  /// torchvision's `center_crop`: a larger image loses `int(round((side - crop) / 2))` pixels, halves
  /// rounded to even; a smaller one gets `(crop - side) // 2` before it and the rest after.
  static func offset(_ side: Int, _ crop: Int) -> Int {
    if side < crop { return -((crop - side) / 2) }
    return Int((Double(side - crop) / 2).rounded(.toNearestOrEven))
  }

  /// The part of an image that a window of a size looks at: cut to it, the image looks the same through the window.
  static func kept(of image: ImageSize, by size: ImageSize) -> Resampler.Window {
    func kept(_ side: Int, _ crop: Int) -> Range<Int> {
      let start = max(0, offset(side, crop))
      return start..<start + min(side, crop)
    }
    return Resampler.Window(columns: kept(image.width, size.width), rows: kept(image.height, size.height))
  }

  /// Writes one channel through a table of 256 values, the frame as the value of 0.
  func write(
    _ channel: Int, table: [Float], into output: UnsafeMutableBufferPointer<Float>, from start: Int, step: Int
  ) {
    let channels = image.channels
    let source = min(channel, channels - 1)
    let firstColumn = max(0, -left)
    let lastColumn = min(size.width, image.width - left)
    image.pixels.withUnsafeBufferPointer { pixels in
      table.withUnsafeBufferPointer { table in
        var target = start
        for y in 0..<size.height {
          let row = y + top
          let isInside = row >= 0 && row < image.height
          for x in 0..<size.width {
            if isInside, x >= firstColumn, x < lastColumn {
              output[target] = table[Int(pixels[(row &* image.width &+ x &+ left) &* channels &+ source])]
            } else {
              output[target] = table[0]
            }
            target &+= step
          }
        }
      }
    }
  }
}
