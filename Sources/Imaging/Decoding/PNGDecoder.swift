import CSPNG

/// A PNG that libspng reads. Its bytes must stay where they are meanwhile.
private final class PNGReader {
  private let handle: OpaquePointer
  private let name: String

  init(_ bytes: UnsafeBufferPointer<UInt8>, name: String) throws(ImagingError) {
    guard let handle = spng_ctx_new(0) else {
      throw ImagingError(.decoderMissing, "libspng cannot be started to read '\(name)'")
    }
    self.handle = handle
    self.name = name
    try check(spng_set_chunk_limits(handle, Self.largestChunk, Self.largestChunk))
    try check(spng_set_png_buffer(handle, bytes.baseAddress, bytes.count))
  }

  deinit { spng_ctx_free(handle) }

  /// Bytes of texts and profiles, once inflated: a few kilobytes may become gigabytes.
  private static let largestChunk = 64 << 20

  func header() throws(ImagingError) -> spng_ihdr {
    var header = spng_ihdr()
    try check(spng_get_ihdr(handle, &header))
    return header
  }

  /// Whether one colour, or colours of the palette, are transparent.
  func hasTransparentColours() throws(ImagingError) -> Bool {
    var transparency = spng_trns()
    return try isThere(spng_get_trns(handle, &transparency))
  }

  func samples(_ format: spng_format) throws(ImagingError) -> [UInt8] {
    let format = Int32(format.rawValue)
    var count = 0
    try check(spng_decoded_image_size(handle, format, &count))
    let (bytes, status) = [UInt8].filled(count: count) { output in
      spng_decode_image(handle, output.baseAddress, output.count, format, Int32(SPNG_DECODE_TRNS.rawValue))
    }
    try check(status ?? SPNG_EINTERNAL.rawValue)
    return bytes
  }

  private func isThere(_ status: Int32) throws(ImagingError) -> Bool {
    if status == SPNG_ECHUNKAVAIL.rawValue { return false }
    try check(status)
    return true
  }

  private func check(_ status: Int32) throws(ImagingError) {
    guard status != 0 else { return }
    let reason = String(cString: spng_strerror(status))
    switch status {
    case SPNG_IO_EOF.rawValue:
      throw ImagingError(
        .truncated, "'\(name)' is a truncated PNG; copy or download it again", underlying: reason)
    case SPNG_ECHUNK_LIMITS.rawValue:
      throw ImagingError(
        .tooLarge, "'\(name)' has too many or too large texts and profiles; save it without them",
        underlying: reason)
    default:
      throw ImagingError(.corrupt, "'\(name)' is a damaged PNG; re-create it", underlying: reason)
    }
  }
}

/// PNG through libspng: the pixels are Pillow's, but for 16 bits of grey, of which the upper 8 are kept, and for colours that
/// the palette lacks, which are black.
enum PNGDecoder {
  static func decode(
    _ bytes: [UInt8], name: String, options: DecodingOptions
  ) throws(ImagingError) -> PixelImage {
    do throws(ImagingError) {
      return try decodeAsIs(bytes, name: name, options: options)
    } catch {
      guard
        [.corrupt, .truncated].contains(error.code)
          || error.underlying == emptyChunkReason && hasEmptyEXIF(bytes),
        let essentials = PNGRebuilding.essentials(of: bytes),
        let image = try? decodeAsIs(essentials, name: name, options: options)
      else { throw error }
      return image
    }
  }

  /// libspng calls an empty chunk of EXIF one beyond its limits.
  private static let emptyChunkReason = String(cString: spng_strerror(Int32(SPNG_ECHUNK_LIMITS.rawValue)))

  private static func hasEmptyEXIF(_ bytes: [UInt8]) -> Bool {
    PNGChunks(bytes).contains { $0.isCalled("eXIf") && $0.content.isEmpty }
  }

  private static func decodeAsIs(
    _ bytes: [UInt8], name: String, options: DecodingOptions
  ) throws(ImagingError) -> PixelImage {
    try bytes.withUnsafeBufferPointer { buffer throws(ImagingError) in
      let reader = try PNGReader(buffer, name: name)
      let header = try reader.header()
      try options.check(width: Int(header.width), height: Int(header.height), name: name)
      let (samples, channels) = try pixels(reader, header)
      return PixelImage(
        width: Int(header.width), height: Int(header.height), channels: channels, pixels: samples)
    }
  }

  private static func pixels(
    _ reader: PNGReader, _ header: spng_ihdr
  ) throws(ImagingError) -> (samples: [UInt8], channels: Int) {
    let colour = spng_color_type(UInt32(header.color_type))
    var hasAlpha = [SPNG_COLOR_TYPE_GRAYSCALE_ALPHA, SPNG_COLOR_TYPE_TRUECOLOR_ALPHA].contains(colour)
    if !hasAlpha { hasAlpha = try reader.hasTransparentColours() }
    if hasAlpha { return (try reader.samples(SPNG_FMT_RGBA8), 4) }
    if colour != SPNG_COLOR_TYPE_GRAYSCALE { return (try reader.samples(SPNG_FMT_RGB8), 3) }
    // libspng's own grey has at most 8 bits.
    if header.bit_depth == 16 {
      return (ColourConversion.upperBytes(of: try reader.samples(SPNG_FMT_PNG)), 1)
    }
    return (try reader.samples(SPNG_FMT_G8), 1)
  }
}
