/// What a file says beside its pixels, as far as Oddity listens: how the image is to be looked at.
struct ImageMetadata {
  /// A TIFF structure, perhaps behind "Exif\0\0", once or twice.
  var exif: ArraySlice<UInt8>?
  /// A packet of Adobe's XMP.
  var xmp: ArraySlice<UInt8>?

  init() {}

  /// - Parameter bytes: A whole file of this format.
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

  /// 1 to 8; anything else where the file says so or says nothing of use, and then the image stays as it is.
  ///
  /// As Pillow's `getexif` finds it: what EXIF has counts, whatever it is; only where it has nothing does XMP.
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

  /// The first digit behind `tiff:Orientation="` or `tiff:Orientation>`: an attribute or an element.
  private static func orientation(inXMP xmp: ArraySlice<UInt8>) -> Int? {
    let name = /tiff:Orientation(?:="|>)([0-9])/.matchingSemantics(.unicodeScalar)
    return String(decoding: xmp, as: UTF8.self).firstMatch(of: name).flatMap { Int($0.1) }
  }
}

extension PixelImage {
  /// The image as it is to be looked at, given its EXIF orientation.
  ///
  /// - Parameter orientation: 1 to 8; any other value leaves the image as it is.
  package func oriented(as orientation: Int) -> PixelImage {
    guard (2...8).contains(orientation) else { return self }
    let transposes = orientation >= 5
    // Where the displayed image's x and y run backwards in the stored image.
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
