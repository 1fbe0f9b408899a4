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
    /// Negative where it is unknown.
    var colourSpace: Int32 = -1

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
    let header = try readHeader(bytes, name: name, with: decompressor)
    try options.check(width: Int(header.width), height: Int(header.height), name: name)
    let samples = try readPixels(bytes, name: name, header: header, with: decompressor)
    guard !JPEGSegments.lacksScans(bytes) else {
      throw ImagingError(
        .unsupported, "'\(name)' is a progressive JPEG without its last scans; convert it to PNG")
    }
    return PixelImage(
      width: Int(header.width), height: Int(header.height),
      channels: header.samplesPerPixel == 4 ? 3 : header.samplesPerPixel,
      pixels: header.samplesPerPixel == 4 ? ColourConversion.rgb(fromInvertedCMYK: samples) : samples)
  }

  private static func readHeader(
    _ bytes: [UInt8], name: String, with decompressor: JPEGDecompressor
  ) throws(ImagingError) -> Header {
    var header = Header()
    _ = bytes.withUnsafeBufferPointer { buffer in
      tjDecompressHeader3(
        decompressor.handle, buffer.baseAddress, UInt(buffer.count), &header.width, &header.height,
        &header.subsampling, &header.colourSpace)
    }
    // The status says less: it is a failure too where libjpeg only warned, or where TurboJPEG has no name for the chroma
    // subsampling, and none where the file ends before its frame header. What was damaged fails with the pixels.
    guard header.width > 0, header.height > 0, header.colourSpace >= 0 else {
      throw failure(bytes, name: name, with: decompressor)
    }
    return header
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
    decompressor.isWarning && warnings.contains(where: decompressor.message.hasPrefix)
      && JPEGSegments.hasEnd(bytes)
  }

  /// How libjpeg's warnings begin (its `jerror.h`), but for that of a file that ends early. TurboJPEG keeps the text of the first
  /// one, or of the error that followed, and calls both a warning.
  private static let warnings = [
    "Corrupt JPEG data: ", "Warning: unknown JFIF revision", "Unknown Adobe color transform",
    "Inconsistent progression sequence", "Invalid SOS parameters for sequential JPEG",
  ]

  private static func failure(
    _ bytes: [UInt8], name: String, with decompressor: JPEGDecompressor
  ) -> ImagingError {
    let reason = decompressor.message
    if let kind = JPEGSegments.unreadKind(of: bytes) {
      return ImagingError(
        .unsupported, "'\(name)' is \(kind), which Oddity does not read; convert it to PNG",
        underlying: reason)
    }
    if JPEGSegments.hasEnd(bytes) && !reason.contains("Premature end") {
      return ImagingError(.corrupt, "'\(name)' is a damaged JPEG; re-create it", underlying: reason)
    }
    return ImagingError(
      .truncated, "'\(name)' is a truncated JPEG; copy or download it again", underlying: reason)
  }
}
