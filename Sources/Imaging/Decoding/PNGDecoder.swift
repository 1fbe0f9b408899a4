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

  /// Bytes of what is not pixels, once inflated: a colour profile of a few kilobytes may become gigabytes.
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
    if status == Int32(SPNG_ECHUNKAVAIL.rawValue) { return false }
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
    try check(status ?? 0)
    return bytes
  }

  /// The EXIF orientation, 1 to 8; 1 where there is none. To be asked after `samples`, which the chunk may follow. Where the
  /// file is damaged or ends there, the pixels are whole nonetheless.
  func orientation() -> Int {
    spng_decode_chunks(handle)
    var exif = spng_exif()
    guard spng_get_exif(handle, &exif) == 0 else { return 1 }
    let bytes = [UInt8](UnsafeRawBufferPointer(start: exif.data, count: exif.length))
    return TIFFDirectory(bytes[...])?[.orientation] ?? 1
  }

  private func check(_ status: Int32) throws(ImagingError) {
    guard status != 0 else { return }
    let reason = String(cString: spng_strerror(status))
    if [SPNG_IO_EOF.rawValue, Int32(SPNG_EIDAT_TOO_SHORT.rawValue)].contains(status) {
      throw ImagingError(
        .truncated, "'\(name)' is a truncated PNG; copy or download it again", underlying: reason)
    }
    throw ImagingError(.corrupt, "'\(name)' is a damaged PNG; re-create it", underlying: reason)
  }
}

/// PNG through libspng: the pixels are Pillow's, but for 16 bits of grey, of which the upper 8 are kept.
enum PNGDecoder {
  static func decode(
    _ bytes: [UInt8], name: String, options: DecodingOptions
  ) throws(ImagingError) -> PixelImage {
    try bytes.withUnsafeBufferPointer { buffer throws(ImagingError) in
      let reader = try PNGReader(buffer, name: name)
      let header = try reader.header()
      try options.check(width: Int(header.width), height: Int(header.height), name: name)
      let (samples, channels) = try pixels(reader, header)
      let image = PixelImage(
        width: Int(header.width), height: Int(header.height), channels: channels, pixels: samples)
      return options.appliesOrientation ? image.oriented(as: reader.orientation()) : image
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
    // Samples of 16 bits do not become one of 8 by themselves.
    if header.bit_depth == 16 {
      return (ColourConversion.upperBytes(of: try reader.samples(SPNG_FMT_PNG)), 1)
    }
    return (try reader.samples(SPNG_FMT_G8), 1)
  }
}
