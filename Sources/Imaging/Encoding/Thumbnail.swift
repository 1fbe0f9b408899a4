/// A small JPEG of an image, for display.
package struct Thumbnail: Sendable, Equatable {
  package let width: Int
  package let height: Int
  /// A JPEG file's content.
  package let jpeg: [UInt8]

  /// Shrinks the image to fit a square, keeping its proportions. It is never enlarged. Alpha is composed over
  /// white.
  ///
  /// - Parameters:
  ///   - side: the side of the square in pixels, at least 1.
  ///   - quality: 1 to 100.
  /// - Throws: ``ImagingError`` if libjpeg-turbo fails.
  package init(_ image: PixelImage, side: Int, quality: Int) throws(ImagingError) {
    let opaque =
      image.channels == 4 ? ChannelConversion.convert(image, to: .rgb, alpha: .white) : image
    let (width, height) = Self.size(width: image.width, height: image.height, within: side)
    let small = Resampler.resize(opaque, width: width, height: height, interpolation: .bilinear)
    (self.width, self.height) = (width, height)
    jpeg = try JPEGEncoder.encode(
      small, quality: quality, keepsColour: max(width, height) <= Self.sideOfFullColour)
  }

  /// The largest size with these proportions in the square, at least one pixel and at most the image's own
  /// size.
  static func size(width: Int, height: Int, within side: Int) -> (width: Int, height: Int) {
    let longest = max(width, height)
    guard longest > side else { return (width, height) }
    func shrunk(_ length: Int) -> Int {
      max(1, Int((Double(length) * Double(side) / Double(longest)).rounded()))
    }
    return (shrunk(width), shrunk(height))
  }

  /// Up to this side, colour keeps its full resolution, because there are few pixels and each is visible.
  private static let sideOfFullColour = 48
}
