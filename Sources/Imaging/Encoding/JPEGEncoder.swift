import CTurboJPEG

/// A compressor of libjpeg-turbo.
private final class JPEGCompressor {
  let handle: tjhandle

  init?() {
    guard let handle = tjInitCompress() else { return nil }
    self.handle = handle
  }

  deinit { tjDestroy(handle) }

  /// What the last failed call reported.
  var message: String { tjGetErrorStr2(handle).map { String(cString: $0) } ?? "unknown" }
}

/// JPEG through libjpeg-turbo.
enum JPEGEncoder {
  /// Up to this side, colour is kept at full resolution: there are few pixels, and each can be seen.
  private static let sideOfFullColour = 48

  /// - Parameters:
  ///   - image: grey or colour; a fourth channel is ignored.
  ///   - quality: 1 to 100.
  /// - Returns: the file's content, always the same for the same image.
  /// - Throws: `decoderMissing` where libjpeg-turbo cannot be started, `unsupported` where it refuses the image.
  static func encode(_ image: PixelImage, quality: Int) throws(ImagingError) -> [UInt8] {
    guard let compressor = JPEGCompressor() else {
      throw ImagingError(.decoderMissing, "libjpeg-turbo cannot be started to make a JPEG")
    }
    let subsampling = subsampling(of: image)
    let (width, height) = (Int32(image.width), Int32(image.height))
    var size = tjBufSize(width, height, Int32(subsampling.rawValue))
    let (bytes, status) = [UInt8].filled(count: Int(size)) { output in
      var target = output.baseAddress
      return image.pixels.withUnsafeBufferPointer { pixels in
        tjCompress2(
          compressor.handle, pixels.baseAddress, width, 0, height, Int32(pixelFormat(of: image).rawValue),
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

  private static func pixelFormat(of image: PixelImage) -> TJPF {
    switch image.channels {
    case 1: TJPF_GRAY
    case 4: TJPF_RGBX
    default: TJPF_RGB
    }
  }

  private static func subsampling(of image: PixelImage) -> TJSAMP {
    if image.channels == 1 { return TJSAMP_GRAY }
    return max(image.width, image.height) <= sideOfFullColour ? TJSAMP_444 : TJSAMP_420
  }
}
