import CTurboJPEG

/// A decompressor of libjpeg-turbo.
private final class JPEGDecompressor {
  let handle: tjhandle

  init?() {
    guard let handle = tjInitDecompress() else { return nil }
    self.handle = handle
  }

  deinit { tjDestroy(handle) }

  /// What the last failed call reported.
  var message: String { tjGetErrorStr2(handle).map { String(cString: $0) } ?? "unknown" }
  var isWarning: Bool { tjGetErrorCode(handle) == TJERR_WARNING.rawValue }
}

/// JPEG through libjpeg-turbo, which Pillow uses too: the pixels are equal to the last bit.
enum JPEGDecoder {
  private struct Header {
    var width: Int32 = 0
    var height: Int32 = 0
    var subsampling: Int32 = 0
    var colourSpace: Int32 = 0

    var samplesPerPixel: Int {
      switch UInt32(colourSpace) {
      case TJCS_GRAY.rawValue: 1
      case TJCS_CMYK.rawValue, TJCS_YCCK.rawValue: 4
      default: 3
      }
    }

    var pixelFormat: TJPF {
      switch samplesPerPixel {
      case 1: TJPF_GRAY
      case 4: TJPF_CMYK
      default: TJPF_RGB
      }
    }
  }

  static func decode(
    _ bytes: [UInt8], name: String, options: DecodingOptions
  ) throws(ImagingError) -> PixelImage {
    guard let decompressor = JPEGDecompressor() else {
      throw ImagingError(.decoderMissing, "libjpeg-turbo cannot be started to read '\(name)'")
    }
    guard let header = try readHeader(bytes, name: name, with: decompressor) else {
      return try VipsDecoder.decode(bytes, name: name, options: options)
    }
    try options.check(width: Int(header.width), height: Int(header.height), name: name)
    let samples = try readPixels(bytes, name: name, header: header, with: decompressor)
    let image = PixelImage(
      width: Int(header.width), height: Int(header.height),
      channels: header.samplesPerPixel == 4 ? 3 : header.samplesPerPixel,
      pixels: header.samplesPerPixel == 4 ? ColourConversion.rgb(fromInvertedCMYK: samples) : samples)
    guard options.appliesOrientation else { return image }
    return image.oriented(as: JPEGSegments.orientation(of: bytes))
  }

  /// Nil where TurboJPEG has no name for the chroma subsampling; libvips reads those files as well.
  private static func readHeader(
    _ bytes: [UInt8], name: String, with decompressor: JPEGDecompressor
  ) throws(ImagingError) -> Header? {
    var header = Header()
    let status = bytes.withUnsafeBufferPointer { buffer in
      tjDecompressHeader3(
        decompressor.handle, buffer.baseAddress, UInt(buffer.count), &header.width, &header.height,
        &header.subsampling, &header.colourSpace)
    }
    // A file that ends before its frame header is no failure to TurboJPEG.
    if status == 0, header.width > 0, header.height > 0 { return header }
    if decompressor.message.contains("subsampling") { return nil }
    throw failure(bytes, name: name, with: decompressor)
  }

  private static func readPixels(
    _ bytes: [UInt8], name: String, header: Header, with decompressor: JPEGDecompressor
  ) throws(ImagingError) -> [UInt8] {
    let count = Int(header.width) * Int(header.height) * header.samplesPerPixel
    let (samples, status) = [UInt8].filled(count: count) { output in
      bytes.withUnsafeBufferPointer { buffer in
        tjDecompress2(
          decompressor.handle, buffer.baseAddress, UInt(buffer.count), output.baseAddress, header.width, 0,
          header.height, Int32(header.pixelFormat.rawValue), TJFLAG_LIMITSCANS)
      }
    }
    if status == 0 || isHarmless(bytes, decompressor) { return samples }
    throw failure(bytes, name: name, with: decompressor)
  }

  /// Pillow goes on after every warning of libjpeg, except that it wants all of the file.
  private static func isHarmless(_ bytes: [UInt8], _ decompressor: JPEGDecompressor) -> Bool {
    decompressor.isWarning && !decompressor.message.contains("Premature end")
      && JPEGSegments.hasEnd(bytes)
  }

  private static func failure(
    _ bytes: [UInt8], name: String, with decompressor: JPEGDecompressor
  ) -> ImagingError {
    if JPEGSegments.hasEnd(bytes) && !decompressor.message.contains("Premature end") {
      return ImagingError(
        .corrupt, "'\(name)' is a damaged JPEG; re-create it", underlying: decompressor.message)
    }
    return ImagingError(
      .truncated, "'\(name)' is a truncated JPEG; copy or download it again",
      underlying: decompressor.message)
  }
}
