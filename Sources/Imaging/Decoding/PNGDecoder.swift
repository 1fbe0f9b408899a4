import CSPNG

/// A PNG that libspng reads. Its bytes must not move meanwhile.
private final class PNGReader {
  private let handle: OpaquePointer
  private let file: ImageFile

  init(_ file: ImageFile, _ bytes: UnsafeBufferPointer<UInt8>) throws(ImagingError) {
    guard let handle = spng_ctx_new(0) else { throw file.cannotBeRead(without: "libspng") }
    (self.handle, self.file) = (handle, file)
    try check(spng_set_chunk_limits(handle, Self.largestChunk, Self.largestChunk))
    try check(spng_set_png_buffer(handle, bytes.baseAddress, bytes.count))
  }

  deinit { spng_ctx_free(handle) }

  /// The most bytes of texts and profiles after decompression, because a few kilobytes may become gigabytes.
  private static let largestChunk = 64 << 20

  func header() throws(ImagingError) -> spng_ihdr {
    var header = spng_ihdr()
    try check(spng_get_ihdr(handle, &header))
    return header
  }

  /// Whether one colour, or colours of the palette, are transparent.
  func hasTransparentColours() throws(ImagingError) -> Bool {
    var transparency = spng_trns()
    let status = spng_get_trns(handle, &transparency)
    if status == SPNG_ECHUNKAVAIL.rawValue { return false }
    try check(status)
    return true
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

  private func check(_ status: Int32) throws(ImagingError) {
    guard status != 0 else { return }
    let reason = String(cString: spng_strerror(status))
    switch status {
    case SPNG_IO_EOF.rawValue: throw file.truncated("PNG", reason)
    case SPNG_ECHUNK_LIMITS.rawValue:
      throw ImagingError(
        .tooLarge,
        "'\(file.name)' has text or profile chunks that are too many or too large; save it without them",
        underlying: reason)
    default: throw file.damaged("PNG", reason)
    }
  }
}

/// PNG with libspng. The pixels equal Pillow's, with two exceptions: of 16-bit grey only the upper 8 bits are
/// kept, and colours that the palette lacks are black.
enum PNGDecoder {
  static func decode(_ file: ImageFile) throws(ImagingError) -> PixelImage {
    do throws(ImagingError) {
      return try decodeAsIs(file)
    } catch {
      let isOfChunks = error.underlying == emptyChunkReason && hasEmptyEXIF(file.bytes)
      guard [.corrupt, .truncated].contains(error.code) || isOfChunks,
        let essentials = PNGRebuilding.essentials(of: file.bytes),
        let image = try? decodeAsIs(ImageFile(bytes: essentials, name: file.name, options: file.options))
      else { throw error }
      return image
    }
  }

  /// libspng reports an empty EXIF chunk as one beyond its limits.
  private static let emptyChunkReason = String(cString: spng_strerror(Int32(SPNG_ECHUNK_LIMITS.rawValue)))

  private static func hasEmptyEXIF(_ bytes: [UInt8]) -> Bool {
    PNGChunks(bytes).contains { $0.isCalled("eXIf") && $0.content.isEmpty }
  }

  private static func decodeAsIs(_ file: ImageFile) throws(ImagingError) -> PixelImage {
    try file.bytes.withUnsafeBufferPointer { buffer throws(ImagingError) in
      let reader = try PNGReader(file, buffer)
      let header = try reader.header()
      let (width, height) = (Int(header.width), Int(header.height))
      try file.check(width: width, height: height)
      let (samples, channels) = try pixels(reader, header)
      return PixelImage(width: width, height: height, channels: channels, pixels: samples)
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
    // libspng's own grey output has at most 8 bits.
    if header.bit_depth == 16 {
      return (ColourConversion.upperBytes(of: try reader.samples(SPNG_FMT_PNG)), 1)
    }
    return (try reader.samples(SPNG_FMT_G8), 1)
  }
}
