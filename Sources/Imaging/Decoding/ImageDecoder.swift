/// Turns the bytes of an image file into pixels.
enum ImageDecoder {
  /// Decodes the first frame or page of an image of any format that Oddity reads.
  ///
  /// - Parameter name: What messages call the image.
  /// - Returns: 1, 3 or 4 channels. 16-bit samples are cut to their upper 8 bits, CMYK becomes RGB as in
  ///   Pillow, palettes are looked up.
  /// - Throws: `empty`, `notAnImage`, `truncated`, `corrupt`, `tooLarge`, `unsupported`, `decoderMissing`.
  static func decode(
    _ bytes: [UInt8], name: String, options: DecodingOptions
  ) throws(ImagingError) -> PixelImage {
    guard !bytes.isEmpty else {
      throw ImagingError(.empty, "'\(name)' is empty; remove it or replace it by an image")
    }
    guard let format = ImageFormat(bytes) else {
      throw ImagingError(
        .notAnImage, "'\(name)' is not an image that Oddity reads; convert it to \(ImageFormat.names)")
    }
    switch format {
    case .jpeg: return try JPEGDecoder.decode(bytes, name: name, options: options)
    case .png: return try PNGDecoder.decode(bytes, name: name, options: options)
    case .bmp: return try BMPDecoder.decode(bytes, name: name, options: options)
    default: return try VipsDecoder.decode(bytes, name: name, options: options)
    }
  }
}
