import CTurboJPEG

/// Encodes JPEG with libjpeg-turbo.
enum JPEGEncoder {
  /// - Parameters:
  ///   - image: grey or colour, of 1 or 3 channels.
  ///   - quality: 1 to 100.
  ///   - keepsColour: whether colour keeps its full resolution instead of half of it in both directions.
  /// - Returns: the content of the file, which is always the same for the same image.
  /// - Throws: `decoderMissing` if libjpeg-turbo cannot be started, `unsupported` if it refuses the image.
  static func encode(_ image: PixelImage, quality: Int, keepsColour: Bool) throws(ImagingError) -> [UInt8] {
    guard let compressor = TurboJPEG(tjInitCompress()) else {
      throw ImagingError(.decoderMissing, "libjpeg-turbo cannot be started to make a JPEG")
    }
    let isGrey = image.channels == 1
    let subsampling = isGrey ? TJSAMP_GRAY : keepsColour ? TJSAMP_444 : TJSAMP_420
    let format = isGrey ? TJPF_GRAY : TJPF_RGB
    let (width, height) = (Int32(image.width), Int32(image.height))
    var size = tjBufSize(width, height, Int32(subsampling.rawValue))
    let (bytes, status) = [UInt8].filled(count: Int(size)) { output in
      var target = output.baseAddress
      return image.pixels.withUnsafeBufferPointer { pixels in
        tjCompress2(
          compressor.handle, pixels.baseAddress, width, 0, height, Int32(format.rawValue),
          &target, &size, Int32(subsampling.rawValue), Int32(quality),
          TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT)
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

extension PixelImage {
  /// The image after compression as a JPEG file of this quality, with colour at half its resolution.
  ///
  /// - Throws: ``ImagingError`` if libjpeg-turbo fails.
  package func compressed(quality: Int) throws(ImagingError) -> PixelImage {
    let file = try JPEGEncoder.encode(self, quality: quality, keepsColour: false)
    return try JPEGDecoder.decode(ImageFile(bytes: file, name: "the image", options: DecodingOptions()))
  }
}
