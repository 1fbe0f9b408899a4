/// The first frame of a GIF (GIF89a specification, CompuServe 1990), on its screen, as Pillow shows it: what the frame leaves free
/// has the transparent colour, or the palette's first.
enum GIFDecoder {
  /// - Returns: 1 channel where the palette is a plain ramp of grey, else 3; 4 where a colour is transparent.
  static func decode(
    _ bytes: [UInt8], name: String, options: DecodingOptions
  ) throws(ImagingError) -> PixelImage {
    var reader = GIFReader(bytes, name: name)
    let frame = try reader.firstFrame()
    try options.check(width: frame.screenWidth, height: frame.screenHeight, name: name)
    try options.check(width: frame.width, height: frame.height, name: name)
    var codes = GIFCodes(try reader.blocks(), smallestCodeBits: frame.smallestCodeBits)
    guard let indices = codes.decode(count: frame.width * frame.height) else {
      throw reader.failure(isDamaged: codes.isDamaged)
    }
    return image(of: frame, indices)
  }

  private static func image(of frame: GIFFrame, _ indices: [UInt8]) -> PixelImage {
    let channels = frame.transparent != nil ? 4 : frame.palette.isEmpty ? 1 : 3
    let colours = (0..<256).map { colour(of: UInt8($0), in: frame, channels: channels) }
    let background = colours[Int(frame.transparent ?? 0)]
    let pixels = frame.screenWidth * frame.screenHeight
    var image = PixelImage(
      width: frame.screenWidth, height: frame.screenHeight, channels: channels,
      pixels: [UInt8].filled(count: pixels * channels) { output in
        for pixel in 0..<pixels {
          for channel in 0..<channels { output[pixel * channels + channel] = background[channel] }
        }
      }.bytes)
    for (row, y) in frame.rows.enumerated() {
      for x in 0..<frame.width {
        let colour = colours[Int(indices[row * frame.width + x])]
        let target = ((frame.top + y) * frame.screenWidth + frame.left + x) * channels
        for channel in 0..<channels { image.pixels[target + channel] = colour[channel] }
      }
    }
    return image
  }

  /// Without a palette the index is the grey; beyond a palette's end all is black.
  private static func colour(of index: UInt8, in frame: GIFFrame, channels: Int) -> [UInt8] {
    if channels == 1 { return [index] }
    let first = 3 * Int(index)
    let colour =
      frame.palette.isEmpty
      ? [index, index, index]
      : first + 3 <= frame.palette.count ? Array(frame.palette[first..<first + 3]) : [0, 0, 0]
    return channels == 3 ? colour : colour + [index == frame.transparent ? 0 : 255]
  }
}
