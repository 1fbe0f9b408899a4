/// Resizes images with results bitwise equal to Pillow's `Image.resize`, each channel separately.
///
/// A network has seen its training images through Pillow. Another library's resampling would itself be a
/// shift of the distribution. (Pillow multiplies alpha in before it resizes RGBA; drop or compose alpha
/// first.)
enum Resampler {
  /// A part of an image.
  struct Window: Equatable {
    var columns: Range<Int>
    var rows: Range<Int>
  }

  /// - Parameter window: the wanted part of the resized image; all by default. Nothing else is computed.
  /// - Precondition: `width` and `height` are positive, and the window is within them.
  static func resize(
    _ image: PixelImage, width: Int, height: Int, interpolation: Interpolation, window: Window? = nil
  ) -> PixelImage {
    precondition(width > 0 && height > 0, "an image has at least one pixel")
    let window = window ?? Window(columns: 0..<width, rows: 0..<height)
    let across = Direction(input: image.width, output: width, interpolation, wanted: window.columns)
    let down = Direction(input: image.height, output: height, interpolation, wanted: window.rows)
    if shrinksColumnsFirst(image, width: width, height: height) {
      let shrunk = resizeColumns(image, down, columns: across.inputs)
      return resizeRows(shrunk, from: across.inputs.lowerBound, across)
    }
    let resized = resizeRows(image, across, rows: down.inputs)
    return resizeColumns(resized, from: down.inputs.lowerBound, down)
  }

  /// The order of the passes changes results by at most one level, because the samples between them are
  /// rounded. Rows come first, unless, since Pillow 13, the height loses more than twice as many pixels as
  /// the width.
  private static func shrinksColumnsFirst(_ image: PixelImage, width: Int, height: Int) -> Bool {
    let (lostRows, lostColumns) = (image.height - height, image.width - width)
    return lostRows > 0 && lostRows > 2 * lostColumns
  }

  /// One direction of a resize.
  private struct Direction {
    /// The wanted samples.
    let outputs: Range<Int>
    /// The samples that they are computed from.
    let inputs: Range<Int>
    /// nil if the size does not change.
    let table: ResamplingTable?

    init(input: Int, output: Int, _ interpolation: Interpolation, wanted: Range<Int>) {
      outputs = wanted
      guard input != output, let last = wanted.last else {
        (inputs, table) = (wanted, nil)
        return
      }
      let table = ResamplingTable.cached(.init(input: input, output: output, interpolation: interpolation))
      inputs = table.starts[wanted.lowerBound]..<table.starts[last] + table.counts[last]
      self.table = table
    }
  }

  /// Resizes the lines of an image.
  ///
  /// - Parameters:
  ///   - origin: the first column of the whole image that this image holds.
  ///   - rows: the wanted rows; all by default.
  private static func resizeRows(
    _ image: PixelImage, from origin: Int = 0, _ direction: Direction, rows: Range<Int>? = nil
  ) -> PixelImage {
    let rows = rows ?? 0..<image.height
    guard let table = direction.table else {
      return image.part(
        Window(columns: direction.outputs.shifted(by: -origin), rows: rows))
    }
    let (stride, width) = (image.width * image.channels, direction.outputs.count * image.channels)
    return PixelImage(width: direction.outputs.count, height: rows.count, channels: image.channels) {
      output in
      image.pixels.withUnsafeBufferPointer { input in
        for (line, y) in rows.enumerated() {
          ResamplingKernel.row(
            UnsafeBufferPointer(rebasing: input[y * stride..<(y + 1) * stride]),
            from: origin,
            into: UnsafeMutableBufferPointer(rebasing: output[line * width..<(line + 1) * width]),
            positions: direction.outputs, table: table, channels: image.channels)
        }
      }
    }
  }

  /// Resizes the columns of an image.
  ///
  /// - Parameters:
  ///   - origin: the first row of the whole image that this image holds.
  ///   - columns: the wanted columns; all by default.
  private static func resizeColumns(
    _ image: PixelImage, from origin: Int = 0, _ direction: Direction, columns: Range<Int>? = nil
  ) -> PixelImage {
    let columns = columns ?? 0..<image.width
    guard let table = direction.table else {
      return image.part(Window(columns: columns, rows: direction.outputs.shifted(by: -origin)))
    }
    let (stride, width) = (image.width * image.channels, columns.count * image.channels)
    return PixelImage(width: columns.count, height: direction.outputs.count, channels: image.channels) {
      output in
      image.pixels.withUnsafeBufferPointer { input in
        var sums = [Int32](repeating: 0, count: width)
        sums.withUnsafeMutableBufferPointer { sums in
          for (line, y) in direction.outputs.enumerated() {
            let first = (table.starts[y] - origin) * stride + columns.lowerBound * image.channels
            ResamplingKernel.column(
              input, from: first, stride: stride,
              into: UnsafeMutableBufferPointer(rebasing: output[line * width..<(line + 1) * width]),
              table: table, position: y, sums: sums)
          }
        }
      }
    }
  }
}

extension PixelImage {
  /// Resizes a part of the image.
  ///
  /// - Precondition: the part is within the image and not empty.
  package func resized(
    _ rows: Range<Int>, _ columns: Range<Int>, height: Int, width: Int, _ interpolation: Interpolation
  ) -> PixelImage {
    Resampler.resize(
      part(Resampler.Window(columns: columns, rows: rows)), width: width, height: height,
      interpolation: interpolation)
  }

  /// The pixels within a window.
  ///
  /// - Parameter frame: the pixel to repeat outside the image; zeros by default.
  func part(_ window: Resampler.Window, frame: [UInt8]? = nil) -> PixelImage {
    guard window != Resampler.Window(columns: 0..<width, rows: 0..<height) else { return self }
    let (columns, rows) = (window.columns.clamped(to: 0..<width), window.rows.clamped(to: 0..<height))
    var part = PixelImage(
      width: window.columns.count, height: window.rows.count, channels: channels,
      pixels: frame.map { frame in
        (0..<window.columns.count * window.rows.count * channels).map { frame[$0 % channels] }
      } ?? [UInt8](repeating: 0, count: window.columns.count * window.rows.count * channels))
    guard !columns.isEmpty else { return part }
    for row in rows {
      let source = (row * width + columns.lowerBound) * channels
      let line = (row - window.rows.lowerBound) * part.width
      let target = (line + columns.lowerBound - window.columns.lowerBound) * channels
      let count = columns.count * channels
      part.pixels.replaceSubrange(target..<target + count, with: pixels[source..<source + count])
    }
    return part
  }
}

extension Range<Int> {
  fileprivate func shifted(by distance: Int) -> Range {
    lowerBound + distance..<upperBound + distance
  }
}
