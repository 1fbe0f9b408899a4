/// The EXIF tag 0x0112, which says how a camera was held (EXIF 2.32, section 4.6.4).
enum ExifOrientation {
  private static let tag = 0x0112

  /// Looks the orientation up in a TIFF structure, the content of an EXIF segment.
  ///
  /// - Returns: 1 to 8; nil where the structure is damaged or has no valid orientation.
  static func find(in exif: ArraySlice<UInt8>) -> Int? {
    let bytes = Array(exif)
    let littleEndian: Bool
    if bytes.starts(with: "II".utf8) {
      littleEndian = true
    } else if bytes.starts(with: "MM".utf8) {
      littleEndian = false
    } else {
      return nil
    }

    func integer(at offset: Int, bytes count: Int) -> Int? {
      guard offset >= 0, offset + count <= bytes.count else { return nil }
      let digits = bytes[offset..<offset + count]
      return (littleEndian ? Array(digits.reversed()) : Array(digits)).reduce(0) { $0 << 8 | Int($1) }
    }

    guard let directory = integer(at: 4, bytes: 4), let entries = integer(at: directory, bytes: 2) else {
      return nil
    }
    for entry in 0..<entries {
      let offset = directory + 2 + 12 * entry
      guard let entryTag = integer(at: offset, bytes: 2) else { return nil }
      guard entryTag == tag else { continue }
      guard let value = integer(at: offset + 8, bytes: 2), (1...8).contains(value) else { return nil }
      return value
    }
    return nil
  }
}

extension PixelImage {
  /// The image as it is to be looked at, given its EXIF orientation.
  ///
  /// - Parameter orientation: 1 to 8; any other value leaves the image as it is.
  func oriented(as orientation: Int) -> PixelImage {
    guard (2...8).contains(orientation) else { return self }
    let transposes = orientation >= 5
    // Where the displayed image's x and y run backwards in the stored image.
    let mirrorsColumns = [2, 3, 7, 8].contains(orientation)
    let mirrorsRows = [3, 4, 6, 7].contains(orientation)
    let outWidth = transposes ? height : width
    let outHeight = transposes ? width : height
    let (turned, _) = [UInt8].filled(count: pixels.count) { output in
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
    return PixelImage(width: outWidth, height: outHeight, channels: channels, pixels: turned)
  }
}
