import CVips

/// An image that libvips has opened. Its bytes must stay where they are meanwhile.
private final class VipsImage {
  let handle: OpaquePointer

  init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let start = bytes.baseAddress, let handle = cvips_open(start, bytes.count) else { return nil }
    self.handle = handle
  }

  deinit { cvips_close(handle) }

  var width: Int { Int(cvips_width(handle)) }
  var height: Int { Int(cvips_height(handle)) }
  var bands: Int { Int(cvips_bands(handle)) }
  var format: Int32 { cvips_format(handle) }
  var interpretation: Int { Int(cvips_interpretation(handle)) }
  var isCMYK: Bool { interpretation == CVIPS_INTERPRETATION_CMYK }

  /// All samples, interleaved; nil on failure.
  func samples(bytesPerSample: Int) -> [UInt8]? {
    let (bytes, status) = [UInt8].filled(count: width * height * bands * bytesPerSample) { output in
      output.baseAddress.map { cvips_read(handle, $0, output.count) } ?? -1
    }
    return status == 0 ? bytes : nil
  }
}

/// WebP and TIFF through libvips, which is used to decode and for nothing else: its resampling is not Pillow's. The pixels are
/// Pillow's, but for 16 bits of grey, of which the upper 8 are kept.
enum VipsDecoder {
  private enum Failure: Error {
    case refused(ImagingError)
    /// libvips knows why.
    case reported
  }

  static func decode(
    _ bytes: [UInt8], name: String, options: DecodingOptions
  ) throws(ImagingError) -> PixelImage {
    if let problem = cvips_load() {
      throw ImagingError(.decoderMissing, "'\(name)' needs libvips: \(String(cString: problem))")
    }
    let tiff = TIFFKinds(bytes)
    if let kind = tiff?.misreadKind { throw unread(kind, name: name) }
    let image: PixelImage
    do throws(ImagingError) {
      image = try decodeWhole(bytes, name: name, options: options)
    } catch {
      guard error.code == .corrupt, let kind = tiff?.failingKind else { throw error }
      throw unread(kind, name: name, underlying: error.underlying)
    }
    if WebPChunks.deniesAlpha(bytes) { return ColourConversion.withoutAlpha(image) }
    switch tiff?.extra {
    case .nothing: return ColourConversion.withoutAlpha(image)
    case .multiplied: return ColourConversion.dividedByAlpha(image)
    case .alpha, nil: return image
    }
  }

  private static func decodeWhole(
    _ bytes: [UInt8], name: String, options: DecodingOptions
  ) throws(ImagingError) -> PixelImage {
    guard let readable = try TIFFForLibvips(bytes, name: name, options: options) else {
      return try decodeTwice(bytes, name: name, options: options)
    }
    guard let planes = readable.planes else {
      return try decodeTwice(readable.bytes, name: name, options: options)
    }
    return try planes.image(readable.bytes) { (plane) throws(ImagingError) in
      try decodeTwice(plane, name: name, options: options)
    }
  }

  private static func unread(_ kind: String, name: String, underlying: String? = nil) -> ImagingError {
    ImagingError(
      .unsupported, "'\(name)' is \(kind), which Oddity does not read; convert it to PNG",
      underlying: underlying)
  }

  private static func decodeTwice(
    _ bytes: [UInt8], name: String, options: DecodingOptions
  ) throws(ImagingError) -> PixelImage {
    let first = VipsErrorText.sharing { attempt(bytes, name: name, options: options) }
    switch first {
    case .success(let image): return image
    case .failure(.refused(let error)): throw error
    case .failure(.reported): break
    }
    let (second, text) = VipsErrorText.alone { attempt(bytes, name: name, options: options) }
    switch second {
    case .success(let image): return image
    case .failure(.refused(let error)): throw error
    case .failure(.reported): throw failure(name: name, text: text)
    }
  }

  private static func attempt(
    _ bytes: [UInt8], name: String, options: DecodingOptions
  ) -> Result<PixelImage, Failure> {
    bytes.withUnsafeBufferPointer { buffer in
      guard let opened = VipsImage(buffer) else { return .failure(.reported) }
      do throws(ImagingError) {
        try options.check(width: opened.width, height: opened.height, name: name)
        try checkSamples(of: opened, name: name)
      } catch {
        return .failure(.refused(error))
      }
      guard let image = pixels(of: opened) else { return .failure(.reported) }
      return .success(image)
    }
  }

  private static let understood = [
    CVIPS_INTERPRETATION_MULTIBAND, CVIPS_INTERPRETATION_GREY, CVIPS_INTERPRETATION_CMYK,
    CVIPS_INTERPRETATION_RGB, CVIPS_INTERPRETATION_SRGB, CVIPS_INTERPRETATION_RGB16,
    CVIPS_INTERPRETATION_GREY16,
  ]

  private static func checkSamples(of image: VipsImage, name: String) throws(ImagingError) {
    guard [Int32(CVIPS_FORMAT_UINT8), Int32(CVIPS_FORMAT_UINT16)].contains(image.format) else {
      throw ImagingError(
        .unsupported,
        "'\(name)' has samples that are not unsigned integers of at most 16 bits; convert it to 8-bit RGB")
    }
    guard (1...4).contains(image.bands), understood.contains(image.interpretation) else {
      throw ImagingError(
        .unsupported, "'\(name)' is neither grey, nor RGB, nor CMYK, with or without alpha; convert it to RGB"
      )
    }
  }

  private static func pixels(of image: VipsImage) -> PixelImage? {
    let isWide = image.format == Int32(CVIPS_FORMAT_UINT16)
    guard var samples = image.samples(bytesPerSample: isWide ? 2 : 1) else { return nil }
    if isWide { samples = ColourConversion.upperBytes(of: samples) }
    var channels = image.bands
    if image.isCMYK, channels == 4 {
      (samples, channels) = (ColourConversion.rgb(fromCMYK: samples), 3)
    } else if channels == 2 {
      (samples, channels) = (ColourConversion.rgba(fromGreyAlpha: samples), 4)
    }
    return PixelImage(width: image.width, height: image.height, channels: channels, pixels: samples)
  }

  /// libvips' texts do not tell a file that ends early from one that is damaged within.
  private static func failure(name: String, text: String) -> ImagingError {
    // Where no allowed loader recognises a file, libvips tries one that is blocked.
    let reason = text.contains("operation is blocked") ? "no decoder recognises its header" : text
    return ImagingError(
      .corrupt, "'\(name)' is damaged or truncated; copy or re-create it", underlying: reason)
  }
}
