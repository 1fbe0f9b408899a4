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
      let kind = ForeignFormat.name(of: bytes).map { "is \($0), which Oddity does not read" }
      throw ImagingError(
        .notAnImage,
        "'\(name)' \(kind ?? "is not an image that Oddity reads"); convert it to \(ImageFormat.names)")
    }
    let image = try pixels(bytes, format, name: name, options: options)
    guard options.appliesOrientation else { return image }
    return image.oriented(as: ImageMetadata(bytes, format).orientation)
  }

  private static func pixels(
    _ bytes: [UInt8], _ format: ImageFormat, name: String, options: DecodingOptions
  ) throws(ImagingError) -> PixelImage {
    switch format {
    case .jpeg: try JPEGDecoder.decode(bytes, name: name, options: options)
    case .png: try PNGDecoder.decode(bytes, name: name, options: options)
    case .gif: try GIFDecoder.decode(bytes, name: name, options: options)
    case .bmp: try BMPDecoder.decode(bytes, name: name, options: options)
    case .pnm: try PNMDecoder.decode(bytes, name: name, options: options)
    case .webP, .tiff: try VipsDecoder.decode(bytes, name: name, options: options)
    }
  }
}
