import CTurboJPEG

/// A compressor or decompressor of libjpeg-turbo.
final class TurboJPEG {
  let handle: tjhandle

  /// - Parameter handle: the result of `tjInitCompress` or `tjInitDecompress`.
  init?(_ handle: tjhandle?) {
    guard let handle else { return nil }
    self.handle = handle
  }

  deinit { tjDestroy(handle) }

  /// The message of the last failed call.
  var message: String { tjGetErrorStr2(handle).map { String(cString: $0) } ?? "unknown" }
  var isWarning: Bool { tjGetErrorCode(handle) == TJERR_WARNING.rawValue }
}

/// JPEG with libjpeg-turbo, which Pillow uses too. The pixels are bitwise equal.
enum JPEGDecoder {
  private struct Header {
    var width: Int32 = 0
    var height: Int32 = 0
    var subsampling: Int32 = 0
    /// Negative if it is unknown.
    var colourSpace: Int32 = -1

    var samplesPerPixel: Int {
      switch UInt32(colourSpace) {
      case TJCS_GRAY.rawValue: 1
      case TJCS_CMYK.rawValue, TJCS_YCCK.rawValue: 4
      default: 3
      }
    }

    var pixelFormat: TJPF {
      samplesPerPixel == 1 ? TJPF_GRAY : samplesPerPixel == 4 ? TJPF_CMYK : TJPF_RGB
    }
  }

  static func decode(_ file: ImageFile) throws(ImagingError) -> PixelImage {
    guard let decompressor = TurboJPEG(tjInitDecompress()) else {
      throw file.cannotBeRead(without: "libjpeg-turbo")
    }
    let header = try readHeader(file, with: decompressor)
    let (width, height) = (Int(header.width), Int(header.height))
    try file.check(width: width, height: height)
    let image = PixelImage(
      width: width, height: height, channels: header.samplesPerPixel,
      pixels: try readPixels(file, header, with: decompressor))
    guard !JPEGSegments.lacksScans(file.bytes) else {
      throw .unsupported("'\(file.name)' is a progressive JPEG without its last scans; convert it to PNG")
    }
    return image.channels == 4 ? ColourConversion.rgb(fromCMYK: image, isInverted: true) : image
  }

  private static func readHeader(
    _ file: ImageFile, with decompressor: TurboJPEG
  ) throws(ImagingError) -> Header {
    var header = Header()
    _ = file.bytes.withUnsafeBufferPointer { buffer in
      tjDecompressHeader3(
        decompressor.handle, buffer.baseAddress, UInt(buffer.count), &header.width, &header.height,
        &header.subsampling, &header.colourSpace)
    }
    // The status is not reliable here. It also reports a failure if libjpeg only warned, or if TurboJPEG has
    // no name for the chroma subsampling. It reports none if the file ends before its frame header. Damage is
    // found when the pixels are decoded.
    guard header.width > 0, header.height > 0, header.colourSpace >= 0 else {
      throw failure(file, decompressor.message)
    }
    return header
  }

  private static func readPixels(
    _ file: ImageFile, _ header: Header, with decompressor: TurboJPEG
  ) throws(ImagingError) -> [UInt8] {
    let count = Int(header.width) * Int(header.height) * header.samplesPerPixel
    let (samples, status) = [UInt8].filled(count: count) { output in
      file.bytes.withUnsafeBufferPointer { buffer in
        tjDecompress2(
          decompressor.handle, buffer.baseAddress, UInt(buffer.count), output.baseAddress, header.width, 0,
          header.height, Int32(header.pixelFormat.rawValue), TJFLAG_LIMITSCANS)
      }
    }
    // Pillow continues after every warning of libjpeg, but requires the whole file.
    let isHarmless =
      status == 0
      || decompressor.isWarning && warnings.contains(where: decompressor.message.hasPrefix)
        && JPEGSegments.hasEnd(file.bytes)
    guard isHarmless else { throw failure(file, decompressor.message) }
    return samples
  }

  /// The beginnings of libjpeg's warnings (its `jerror.h`), except for the one about a file that ends early.
  /// TurboJPEG stores the text of the first warning, or of the error that followed, and calls both a warning.
  private static let warnings = [
    "Corrupt JPEG data: ", "Warning: unknown JFIF revision", "Unknown Adobe color transform",
    "Inconsistent progression sequence", "Invalid SOS parameters for sequential JPEG",
  ]

  private static func failure(_ file: ImageFile, _ reason: String) -> ImagingError {
    if let kind = JPEGSegments.unreadKind(of: file.bytes) { return file.unread(kind, reason) }
    let isWhole = JPEGSegments.hasEnd(file.bytes) && !reason.contains("Premature end")
    return isWhole ? file.damaged("JPEG", reason) : file.truncated("JPEG", reason)
  }
}
