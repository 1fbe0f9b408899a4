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
    let colours = (0..<256).flatMap { colour(of: UInt8($0), in: frame, channels: channels) }
    let (width, height) = (frame.screenWidth, frame.screenHeight)
    let pixels = [UInt8].filled(count: width * height * channels) { output in
      if frame.width * frame.height < width * height {
        let background = channels * Int(frame.transparent ?? 0)
        for place in output.indices { output[place] = colours[background + place % channels] }
      }
      for (row, y) in frame.rows.enumerated() {
        var target = ((frame.top + y) * width + frame.left) * channels
        for index in indices[row * frame.width..<(row + 1) * frame.width] {
          let colour = channels * Int(index)
          for channel in 0..<channels { output[target + channel] = colours[colour + channel] }
          target += channels
        }
      }
    }.bytes
    return PixelImage(width: width, height: height, channels: channels, pixels: pixels)
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
