/// Resizes images with the results of Pillow's `Image.resize`, to the last bit, in every channel on its own.
///
/// A network has seen its training images through Pillow; another library's resampling is itself a shift
/// of the distribution. (Pillow multiplies alpha in before it resizes RGBA; drop or compose alpha first.)
enum Resampler {
  /// - Precondition: `width` and `height` are positive.
  static func resize(
    _ image: PixelImage, width: Int, height: Int, interpolation: Interpolation
  ) -> PixelImage {
    precondition(width > 0 && height > 0, "an image has at least one pixel")
    if interpolation == .nearest { return nearest(image, width: width, height: height) }
    if shrinksColumnsFirst(image, width: width, height: height) {
      let shrunk = resizeColumns(image, to: height, interpolation)
      return resizeRows(shrunk, to: width, interpolation)
    }
    let resized = resizeRows(image, to: width, interpolation)
    return resizeColumns(resized, to: height, interpolation)
  }

  /// The order of the passes shows, by one level at most: the samples between them are rounded. Rows come
  /// first, except, since Pillow 13, where the height loses more than twice as many pixels as the width.
  private static func shrinksColumnsFirst(_ image: PixelImage, width: Int, height: Int) -> Bool {
    let (lostRows, lostColumns) = (image.height - height, image.width - width)
    return lostRows > 0 && lostRows > 2 * lostColumns
  }

  private static func resizeRows(
    _ image: PixelImage, to width: Int, _ interpolation: Interpolation
  ) -> PixelImage {
    guard width != image.width else { return image }
    let table = ResamplingTable.cached(
      .init(input: image.width, output: width, interpolation: interpolation))
    let count = width * image.height * image.channels
    let pixels = [UInt8].filled(count: count) { output in
      image.pixels.withUnsafeBufferPointer { input in
        for y in 0..<image.height {
          let source = UnsafeBufferPointer(
            rebasing: input[y * image.width * image.channels..<(y + 1) * image.width * image.channels])
          let target = UnsafeMutableBufferPointer(
            rebasing: output[y * width * image.channels..<(y + 1) * width * image.channels])
          ResamplingKernel.row(source, into: target, table: table, channels: image.channels)
        }
      }
    }.bytes
    return PixelImage(width: width, height: image.height, channels: image.channels, pixels: pixels)
  }

  private static func resizeColumns(
    _ image: PixelImage, to height: Int, _ interpolation: Interpolation
  ) -> PixelImage {
    guard height != image.height else { return image }
    let table = ResamplingTable.cached(
      .init(input: image.height, output: height, interpolation: interpolation))
    let rowBytes = image.width * image.channels
    let pixels = [UInt8].filled(count: rowBytes * height) { output in
      image.pixels.withUnsafeBufferPointer { input in
        var sums = [Int32](repeating: 0, count: rowBytes)
        sums.withUnsafeMutableBufferPointer { sums in
          for y in 0..<height {
            let target = UnsafeMutableBufferPointer(rebasing: output[y * rowBytes..<(y + 1) * rowBytes])
            ResamplingKernel.column(input, into: target, table: table, position: y, sums: sums)
          }
        }
      }
    }.bytes
    return PixelImage(width: image.width, height: height, channels: image.channels, pixels: pixels)
  }

  /// Every pixel is that of the input whose cell holds the output pixel's centre. The centres are summed
  /// up, not multiplied out: Pillow does so, and rounding can show.
  private static func nearest(_ image: PixelImage, width: Int, height: Int) -> PixelImage {
    let columns = cells(input: image.width, output: width)
    let rows = cells(input: image.height, output: height)
    let channels = image.channels
    let pixels = [UInt8].filled(count: width * height * channels) { output in
      var target = 0
      for row in rows {
        for column in columns {
          let source = (row * image.width + column) * channels
          for channel in 0..<channels { output[target + channel] = image.pixels[source + channel] }
          target += channels
        }
      }
    }.bytes
    return PixelImage(width: width, height: height, channels: channels, pixels: pixels)
  }

  private static func cells(input: Int, output: Int) -> [Int] {
    let step = Double(input) / Double(output)
    var centre = step * 0.5
    return (0..<output).map { _ in
      defer { centre += step }
      return min(Int(centre), input - 1)
    }
  }
}
