import CTurboJPEG

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
    jpeg = try Self.encode(small, quality: quality)
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

  /// - Parameters:
  ///   - image: grey or colour, of 1 or 3 channels.
  ///   - quality: 1 to 100.
  /// - Returns: the file's content, always the same for the same image.
  /// - Throws: `decoderMissing` where libjpeg-turbo cannot be started, `unsupported` where it refuses the image.
  private static func encode(_ image: PixelImage, quality: Int) throws(ImagingError) -> [UInt8] {
    guard let compressor = TurboJPEG(tjInitCompress()) else {
      throw ImagingError(.decoderMissing, "libjpeg-turbo cannot be started to make a JPEG")
    }
    let isSmall = max(image.width, image.height) <= sideOfFullColour
    let isGrey = image.channels == 1
    let subsampling = isGrey ? TJSAMP_GRAY : isSmall ? TJSAMP_444 : TJSAMP_420
    let format = isGrey ? TJPF_GRAY : TJPF_RGB
    let (width, height) = (Int32(image.width), Int32(image.height))
    var size = tjBufSize(width, height, Int32(subsampling.rawValue))
    let (bytes, status) = [UInt8].filled(count: Int(size)) { output in
      var target = output.baseAddress
      return image.pixels.withUnsafeBufferPointer { pixels in
        tjCompress2(
          compressor.handle, pixels.baseAddress, width, 0, height, Int32(format.rawValue),
          &target, &size, Int32(subsampling.rawValue), Int32(quality), TJFLAG_NOREALLOC)
      }
    }
    guard status == 0 else {
      throw ImagingError(
        .unsupported, "an image of \(width)×\(height) pixels cannot be made a JPEG",
        underlying: compressor.message)
    }
    return Array(bytes.prefix(Int(size)))
  }
}
