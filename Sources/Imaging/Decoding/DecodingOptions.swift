/// How encoded images become pixels.
public struct DecodingOptions: Sendable, Equatable {
  /// Turns the image as its EXIF or XMP says.
  public var appliesOrientation: Bool
  /// Images with more pixels are refused after their header was read and before anything is decoded.
  public var maximumPixels: Int

  /// Where Pillow refuses an image too: twice its `MAX_IMAGE_PIXELS` of 1024³ / 4 / 3; half a gigabyte as RGB.
  public static let defaultMaximumPixels = 178_956_970

  public init(appliesOrientation: Bool = true, maximumPixels: Int = Self.defaultMaximumPixels) {
    self.appliesOrientation = appliesOrientation
    self.maximumPixels = maximumPixels
  }

  /// - Throws: `tooLarge`, or `corrupt` where a side is not positive.
  func check(width: Int, height: Int, name: String) throws(ImagingError) {
    guard width > 0, height > 0 else {
      throw ImagingError(.corrupt, "'\(name)' declares \(width)×\(height) pixels; re-create the file")
    }
    guard width <= maximumPixels / height else {
      throw ImagingError(
        .tooLarge,
        "'\(name)' declares \(width)×\(height) pixels; at most \(maximumPixels) are read. Make it smaller")
    }
  }
}
