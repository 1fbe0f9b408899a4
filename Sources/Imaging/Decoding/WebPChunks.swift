/// The chunks of a WebP file (RFC 9649, section 2.7), as far as Oddity reads them itself.
enum WebPChunks {
  /// The first chunks of EXIF and of XMP, if the header announces them. libwebp ignores others.
  static func metadata(of bytes: [UInt8]) -> ImageMetadata {
    var metadata = ImageMetadata()
    guard let announced = flags(of: bytes) else { return metadata }
    var position = fileHeader
    while position + chunkHeader <= bytes.count {
      let size = bytes[position + 4..<position + 8].littleEndian
      let start = position + chunkHeader
      guard size <= bytes.count - start else { break }
      let content = bytes[start..<start + size]
      let name = bytes[position..<position + 4]
      if metadata.exif == nil, announced & Flag.exif != 0, name.elementsEqual("EXIF".utf8) {
        metadata.exif = content
      } else if metadata.xmp == nil, announced & Flag.xmp != 0, name.elementsEqual("XMP ".utf8) {
        metadata.xmp = content
      }
      position = start + size + size % 2
    }
    return metadata
  }

  /// Whether the header states that there is no alpha. Alpha of frames, and areas that they leave uncovered,
  /// then do not count.
  static func deniesAlpha(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: "RIFF".utf8) && flags(of: bytes).map { $0 & Flag.alpha == 0 } ?? false
  }

  private static let (fileHeader, chunkHeader) = (12, 8)

  /// The first byte of the chunk VP8X, if there is one.
  private static func flags(of bytes: [UInt8]) -> UInt8? {
    guard bytes.count > fileHeader + chunkHeader, bytes[fileHeader...].starts(with: "VP8X".utf8) else {
      return nil
    }
    return bytes[fileHeader + chunkHeader]
  }

  private enum Flag {
    static let xmp: UInt8 = 4
    static let exif: UInt8 = 8
    static let alpha: UInt8 = 16
  }
}
