/// Resizes images with the results of Pillow's `Image.resize`, to the last bit, in every channel on its own.
///
/// A network has seen its training images through Pillow; another library's resampling is itself a shift
/// of the distribution. (Pillow multiplies alpha in before it resizes RGBA; drop or compose alpha first.)
public enum Resampler {
  /// - Precondition: `width` and `height` are positive.
  public static func resize(
    _ image: PixelImage, width: Int, height: Int, interpolation: Interpolation
  ) -> PixelImage {
    precondition(width > 0 && height > 0, "an image has at least one pixel")
    if interpolation == .nearest { return nearest(image, width: width, height: height) }
    var result = image
    if width != image.width {
      let key = ResamplingTable.Key(input: image.width, output: width, interpolation: interpolation)
      result = resizeRows(result, table: .cached(key), width: width)
    }
    if height != image.height {
      let key = ResamplingTable.Key(input: image.height, output: height, interpolation: interpolation)
      result = resizeColumns(result, table: .cached(key), height: height)
    }
    return result
  }

  private static func resizeRows(_ image: PixelImage, table: ResamplingTable, width: Int) -> PixelImage {
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

  private static func resizeColumns(_ image: PixelImage, table: ResamplingTable, height: Int) -> PixelImage {
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
