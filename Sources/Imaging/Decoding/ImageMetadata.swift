/// The metadata of an image file that Oddity uses: its orientation.
struct ImageMetadata {
  /// A TIFF structure, perhaps preceded by "Exif\0\0" once or twice.
  var exif: ArraySlice<UInt8>?
  /// A packet of Adobe's XMP.
  var xmp: ArraySlice<UInt8>?

  init() {}

  /// - Parameter bytes: a whole file of this format.
  init(_ bytes: [UInt8], _ format: ImageFormat) {
    switch format {
    case .jpeg: self = JPEGSegments.metadata(of: bytes)
    case .png: self = PNGChunks.metadata(of: bytes)
    case .webP: self = WebPChunks.metadata(of: bytes)
    case .tiff:
      exif = bytes[...]
      xmp = TIFFDirectory(bytes[...])?[.xmp]?.bytes
    case .gif, .bmp, .pnm: break
    }
  }

  /// 1 to 8, or another value if the file contains one or nothing useful. The image is then not turned.
  ///
  /// The value is found as in Pillow's `getexif`. EXIF has priority, whatever its value. XMP is used only if
  /// EXIF has none.
  var orientation: Int {
    if let exif = exif.map(Self.withoutPrefix), !exif.isEmpty {
      guard let directory = TIFFDirectory(exif) else { return 1 }
      if let value = directory[.orientation] { return value.integer ?? 1 }
    }
    return xmp.flatMap { Self.orientation(inXMP: $0) } ?? 1
  }

  private static func withoutPrefix(_ exif: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var rest = exif
    for _ in 0..<2 where rest.starts(with: exifPrefix) { rest = rest.dropFirst(exifPrefix.count) }
    return rest
  }

  static let exifPrefix = Array("Exif\0\0".utf8)

  /// The first digit after `tiff:Orientation="` or `tiff:Orientation>`: an attribute or an element.
  private static func orientation(inXMP xmp: ArraySlice<UInt8>) -> Int? {
    let name = /tiff:Orientation(?:="|>)([0-9])/.matchingSemantics(.unicodeScalar)
    return String(decoding: xmp, as: UTF8.self).firstMatch(of: name).flatMap { Int($0.1) }
  }
}

extension PixelImage {
  /// The image in its upright orientation, given its EXIF orientation.
  ///
  /// - Parameter orientation: 1 to 8. For any other value the image is not changed.
  package func oriented(as orientation: Int) -> PixelImage {
    guard (2...8).contains(orientation) else { return self }
    let transposes = orientation >= 5
    // Whether x and y of the displayed image run backwards in the stored image.
    let mirrorsColumns = [2, 3, 7, 8].contains(orientation)
    let mirrorsRows = [3, 4, 6, 7].contains(orientation)
    let (outWidth, outHeight) = transposes ? (height, width) : (width, height)
    return PixelImage(width: outWidth, height: outHeight, channels: channels) { output in
      var target = 0
      for y in 0..<outHeight {
        for x in 0..<outWidth {
          let column = transposes ? y : x
          let row = transposes ? x : y
          let source =
            (mirrorsRows ? height - 1 - row : row) * width + (mirrorsColumns ? width - 1 - column : column)
          for channel in 0..<channels { output[target + channel] = pixels[source * channels + channel] }
          target += channels
        }
      }
    }
  }
}
