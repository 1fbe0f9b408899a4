/// The position of a crop in an image.
package enum CropPlace: Sendable, Equatable {
  /// Moved from the centre by this many pixels.
  case moved(rows: Int, columns: Int)
  /// Within its room, from −1 at the top or left edge to 1 at the other edge.
  case inRoom(down: Double, right: Double)
}

/// Alternative ways from an image to the picture that a network sees.
extension ResolvedPreprocessing {
  /// The picture before values are scaled.
  ///
  /// - Parameters:
  ///   - target: the size to resize to; nil for the preprocessing's own.
  ///   - interpolation: the filter; nil for the preprocessing's own.
  ///   - antialiases: whether a smaller image uses all pixels. Otherwise it is sampled between the nearest
  ///     four.
  /// - Returns: a picture in the model's size and channels, with channels in the order of pixels.
  /// - Throws: `tooLarge` if an image is so long and narrow that resizing would make it enormous.
  package func picture(
    of image: PixelImage, resizedTo target: ResizeTarget? = nil, _ interpolation: Interpolation? = nil,
    antialiases: Bool = true, at place: CropPlace = .moved(rows: 0, columns: 0)
  ) throws(ImagingError) -> PixelImage {
    let converted = cut(ChannelConversion.convert(image, to: channels, alpha: alpha))
    var resized = try resized(converted, to: target ?? resize, interpolation ?? self.interpolation)
    if !antialiases { resized = converted.sampled(height: resized.height, width: resized.width) }
    let rows = start(resized.height, size.height, place, isRow: true)
    let columns = start(resized.width, size.width, place, isRow: false)
    let coloured = resized.channels == channels.count ? resized : ColourConversion.rgb(fromGrey: resized)
    return coloured.part(
      Resampler.Window(columns: columns..<columns + size.width, rows: rows..<rows + size.height),
      frame: channels == .bgr ? frame.reversed() : frame)
  }

  private func start(_ side: Int, _ crop: Int, _ place: CropPlace, isRow: Bool) -> Int {
    let centre = CropWindow.offset(side, crop, cropRounding)
    switch place {
    case .moved(let rows, let columns): return centre + (isRow ? rows : columns)
    case .inRoom(let down, let right):
      let room = Double(max(side - crop, 0)) / 2
      return centre + Int(((isRow ? down : right) * room).rounded(.towardZero))
    }
  }
}

extension PixelImage {
  /// The image in another size, each pixel between the nearest four, however many lie between it and the next: as OpenCV's
  /// `INTER_LINEAR` and PyTorch's `interpolate` without `antialias`.
  fileprivate func sampled(height newHeight: Int, width newWidth: Int) -> PixelImage {
    guard newHeight != height || newWidth != width else { return self }
    let rows = Self.places(of: newHeight, in: height)
    let columns = Self.places(of: newWidth, in: width)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(newHeight * newWidth * channels)
    for row in rows {
      for column in columns {
        for channel in 0..<channels {
          func level(_ y: Int, _ x: Int) -> Double {
            Double(self.pixels[(y * width + x) * channels + channel])
          }
          let upper =
            level(row.first, column.first) * (1 - column.share) + level(row.first, column.second)
            * column.share
          let lower =
            level(row.second, column.first) * (1 - column.share) + level(row.second, column.second)
            * column.share
          pixels.append(UInt8((upper * (1 - row.share) + lower * row.share).rounded()))
        }
      }
    }
    return PixelImage(width: newWidth, height: newHeight, channels: channels, pixels: pixels)
  }

  private static func places(of count: Int, in side: Int) -> [(first: Int, second: Int, share: Double)] {
    (0..<count).map { number in
      let place = (Double(number) + 0.5) * Double(side) / Double(count) - 0.5
      let inside = min(max(place, 0), Double(side - 1))
      let first = Int(inside)
      return (first, min(first + 1, side - 1), inside - Double(first))
    }
  }
}
