/// A small JPEG of an image, to be looked at.
package struct Thumbnail: Sendable, Equatable {
  package let width: Int
  package let height: Int
  /// A JPEG file's content.
  package let jpeg: [UInt8]

  /// The image in its proportions, shrunk to fit a square, never enlarged; alpha is composed over white.
  ///
  /// - Parameters:
  ///   - side: of the square, in pixels, at least 1.
  ///   - quality: 1 to 100.
  /// - Throws: ``ImagingError`` where libjpeg-turbo fails.
  package init(_ image: PixelImage, side: Int, quality: Int) throws(ImagingError) {
    let opaque =
      image.channels == 4 ? ChannelConversion.convert(image, to: .rgb, alpha: .white) : image
    let (width, height) = Self.size(width: image.width, height: image.height, within: side)
    let small = Resampler.resize(opaque, width: width, height: height, interpolation: .bilinear)
    (self.width, self.height) = (width, height)
    jpeg = try JPEGEncoder.encode(
      small, quality: quality, keepsColour: max(width, height) <= Self.sideOfFullColour)
  }

  /// The largest size of these proportions within the square; at least one pixel, at most the image's own.
  static func size(width: Int, height: Int, within side: Int) -> (width: Int, height: Int) {
    let longest = max(width, height)
    guard longest > side else { return (width, height) }
    func shrunk(_ length: Int) -> Int {
      max(1, Int((Double(length) * Double(side) / Double(longest)).rounded()))
    }
    return (shrunk(width), shrunk(height))
  }

  /// Up to this side, colour is kept at full resolution: there are few pixels, and each can be seen.
  private static let sideOfFullColour = 48
}
