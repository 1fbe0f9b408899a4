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
