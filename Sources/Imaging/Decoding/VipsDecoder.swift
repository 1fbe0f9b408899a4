import CVips
import Dispatch

/// An image that libvips has opened. Its bytes must not move meanwhile.
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

  /// All samples, interleaved; nil on failure.
  func samples(bytesPerSample: Int) -> [UInt8]? {
    let (bytes, status) = [UInt8].filled(count: width * height * bands * bytesPerSample) { output in
      output.baseAddress.map { cvips_read(handle, $0, output.count) } ?? -1
    }
    return status == 0 ? bytes : nil
  }
}

/// WebP and TIFF with libvips. It is used only to decode, because its resampling differs from Pillow's. The
/// pixels equal Pillow's, except that of 16-bit grey only the upper 8 bits are kept.
enum VipsDecoder {
  static func decode(_ file: ImageFile) throws(ImagingError) -> PixelImage {
    if let problem = cvips_load() {
      throw ImagingError(.decoderMissing, "'\(file.name)' needs libvips: \(String(cString: problem))")
    }
    let tiff = TIFFDirectory(file.bytes[...])
    if let kind = tiff?.misreadKind { throw file.unread(kind) }
    let image: PixelImage
    do throws(ImagingError) {
      image = try decodeWhole(file)
    } catch {
      guard error.code == .corrupt, let kind = tiff?.failingKind else { throw error }
      throw file.unread(kind, error.underlying)
    }
    if WebPChunks.deniesAlpha(file.bytes) { return ChannelConversion.convert(image, to: .rgb, alpha: .drop) }
    switch tiff?.extra {
    case .nothing: return ChannelConversion.convert(image, to: .rgb, alpha: .drop)
    case .multiplied: return ColourConversion.dividedByAlpha(image)
    case .alpha, nil: return image
    }
  }

  private static func decodeWhole(_ file: ImageFile) throws(ImagingError) -> PixelImage {
    guard let tiff = try TIFFForLibvips(file) else { return try decodeTwice(file) }
    guard let planes = tiff.planes else { return try decodeTwice(tiff.file) }
    return try planes.image(tiff.file.bytes) { (plane) throws(ImagingError) in
      try decodeTwice(ImageFile(bytes: plane, name: file.name, options: file.options))
    }
  }

  /// libvips has one error text for the whole process, and every thread writes into it.
  ///
  /// Decoding therefore runs in parallel without reading the text. If it fails, it is repeated while no other
  /// thread decodes, so that the text belongs to this failure.
  private static let queue = DispatchQueue(label: "libvips", attributes: .concurrent)

  private static func decodeTwice(_ file: ImageFile) throws(ImagingError) -> PixelImage {
    let attempt = { () throws(ImagingError) in try Self.attempt(file) }
    if let image = try queue.sync(execute: { Result(catching: attempt) }).get() { return image }
    let (second, text) = queue.sync(flags: .barrier) {
      cvips_clear_error()
      defer { cvips_clear_error() }
      return (Result(catching: attempt), String(cString: cvips_error()))
    }
    if let image = try second.get() { return image }
    // libvips' messages do not distinguish a file that ends early from one with damage inside. If no allowed
    // loader recognises a file, it tries a blocked one.
    let lines = text.split(whereSeparator: \.isNewline).joined(separator: "; ")
    let reason = text.contains("operation is blocked") ? "no decoder recognises its header" : lines
    throw ImagingError(
      .corrupt, "'\(file.name)' is damaged or truncated; copy or re-create it", underlying: reason)
  }

  /// nil if libvips fails with an error message.
  private static func attempt(_ file: ImageFile) throws(ImagingError) -> PixelImage? {
    try file.bytes.withUnsafeBufferPointer { buffer throws(ImagingError) in
      guard let image = VipsImage(buffer) else { return nil }
      try file.check(width: image.width, height: image.height)
      if TIFFTiles(file.bytes)?.areTooMany(width: image.width, height: image.height) == true {
        throw file.unread("a TIFF with too many small tiles")
      }
      try checkSamples(of: image, name: file.name)
      return pixels(of: image)
    }
  }

  private static let understood = [
    CVIPS_INTERPRETATION_MULTIBAND, CVIPS_INTERPRETATION_GREY, CVIPS_INTERPRETATION_CMYK,
    CVIPS_INTERPRETATION_RGB, CVIPS_INTERPRETATION_SRGB, CVIPS_INTERPRETATION_RGB16,
    CVIPS_INTERPRETATION_GREY16,
  ]

  private static func checkSamples(of image: VipsImage, name: String) throws(ImagingError) {
    guard [Int32(CVIPS_FORMAT_UINT8), Int32(CVIPS_FORMAT_UINT16)].contains(image.format) else {
      throw .unsupported(
        "'\(name)' has samples that are not unsigned integers of at most 16 bits; convert it to 8-bit RGB")
    }
    guard (1...4).contains(image.bands), understood.contains(image.interpretation) else {
      throw .unsupported(
        "'\(name)' is neither grey, nor RGB, nor CMYK, with or without alpha; convert it to RGB")
    }
  }

  private static func pixels(of image: VipsImage) -> PixelImage? {
    let isWide = image.format == Int32(CVIPS_FORMAT_UINT16)
    guard let samples = image.samples(bytesPerSample: isWide ? 2 : 1) else { return nil }
    let pixels = PixelImage(
      width: image.width, height: image.height, channels: image.bands,
      pixels: isWide ? ColourConversion.upperBytes(of: samples) : samples)
    if image.interpretation == CVIPS_INTERPRETATION_CMYK, image.bands == 4 {
      return ColourConversion.rgb(fromCMYK: pixels)
    }
    return image.bands == 2 ? ColourConversion.rgba(fromGreyAlpha: pixels) : pixels
  }
}
