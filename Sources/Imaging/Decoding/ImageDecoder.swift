/// Decodes image files to pixels.
enum ImageDecoder {
  /// Decodes the first frame or page of an image of any format that Oddity reads.
  ///
  /// - Returns: 1, 3 or 4 channels. 16-bit samples are cut to their upper 8 bits, CMYK becomes RGB as in
  ///   Pillow, palettes are looked up.
  /// - Throws: `empty`, `notAnImage`, `truncated`, `corrupt`, `tooLarge`, `unsupported`, `decoderMissing`.
  static func decode(_ file: ImageFile) throws(ImagingError) -> PixelImage {
    guard !file.bytes.isEmpty else {
      throw ImagingError(.empty, "'\(file.name)' is empty; remove it or replace it with an image")
    }
    guard let format = ImageFormat(file.bytes) else {
      let kind = ForeignFormat.name(of: file.bytes).map { "is \($0), which Oddity does not read" }
      throw ImagingError(
        .notAnImage,
        "'\(file.name)' \(kind ?? "is not an image that Oddity reads"); convert it to \(ImageFormat.names)")
    }
    let image =
      switch format {
      case .jpeg: try JPEGDecoder.decode(file)
      case .png: try PNGDecoder.decode(file)
      case .gif: try GIFDecoder.decode(file)
      case .bmp: try BMPDecoder.decode(file)
      case .pnm: try PNMDecoder.decode(file)
      case .webP, .tiff: try VipsDecoder.decode(file)
      }
    guard file.options.appliesOrientation else { return image }
    return image.oriented(as: ImageMetadata(file.bytes, format).orientation)
  }
}

/// The content of an image file, its name in messages, and how to decode it.
struct ImageFile {
  var bytes: [UInt8]
  let name: String
  let options: DecodingOptions

  /// - Throws: `tooLarge`, or `corrupt` if a side is not positive.
  func check(width: Int, height: Int) throws(ImagingError) {
    guard width > 0, height > 0 else {
      throw ImagingError(.corrupt, "'\(name)' declares \(width)×\(height) pixels; re-create the file")
    }
    guard width <= options.maximumPixels / height else {
      throw .tooLarge(
        "'\(name)' declares \(width)×\(height) pixels, but Oddity reads at most \(options.maximumPixels); "
          + "make it smaller"
      )
    }
  }

  func truncated(_ format: String, _ reason: String? = nil) -> ImagingError {
    ImagingError(
      .truncated, "'\(name)' is a truncated \(format); copy or download it again", underlying: reason)
  }

  func damaged(_ format: String, _ reason: String? = nil) -> ImagingError {
    ImagingError(.corrupt, "'\(name)' is a damaged \(format); re-create it", underlying: reason)
  }

  /// - Parameter kind: a description with its article.
  func unread(_ kind: String, _ reason: String? = nil) -> ImagingError {
    ImagingError(
      .unsupported, "'\(name)' is \(kind), which Oddity does not read; convert it to PNG", underlying: reason)
  }

  func cannotBeRead(without library: String) -> ImagingError {
    ImagingError(.decoderMissing, "\(library) cannot be started to read '\(name)'")
  }
}

/// Reads the bytes of an image file from the front.
struct ByteReader {
  let file: ImageFile
  /// The name of the file's format in messages.
  let format: String
  var position = 0

  /// The next byte; nil at the end.
  mutating func next() -> UInt8? {
    guard position < file.bytes.count else { return nil }
    defer { position += 1 }
    return file.bytes[position]
  }

  mutating func byte() throws(ImagingError) -> UInt8 {
    guard let byte = next() else { throw truncated }
    return byte
  }

  mutating func take(_ count: Int) throws(ImagingError) -> ArraySlice<UInt8> {
    guard count <= file.bytes.count - position else { throw truncated }
    defer { position += count }
    return file.bytes[position..<position + count]
  }

  var truncated: ImagingError { file.truncated(format) }
}

/// How encoded images are decoded.
public struct DecodingOptions: Sendable, Equatable {
  /// Whether to turn the image as its EXIF or XMP data say.
  public var appliesOrientation: Bool
  /// Images with more pixels are refused after their header was read, before anything is decoded.
  public var maximumPixels: Int

  /// The same limit as Pillow's error: twice its `MAX_IMAGE_PIXELS` of 1024³ / 4 / 3, which is half a
  /// gigabyte as RGB.
  public static let defaultMaximumPixels = 178_956_970

  public init(appliesOrientation: Bool = true, maximumPixels: Int = Self.defaultMaximumPixels) {
    self.appliesOrientation = appliesOrientation
    self.maximumPixels = maximumPixels
  }
}
