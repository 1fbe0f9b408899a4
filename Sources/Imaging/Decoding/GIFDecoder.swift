/// The first frame of a GIF (GIF89a specification, CompuServe 1990) on its screen, as Pillow shows it. The
/// area around the frame has the transparent colour, or the first colour of the palette.
enum GIFDecoder {
  /// - Returns: 1 channel if the palette is a plain ramp of grey, otherwise 3; 4 if a colour is transparent.
  static func decode(_ file: ImageFile) throws(ImagingError) -> PixelImage {
    var reader = GIFReader(file)
    let frame = try reader.firstFrame()
    try file.check(width: frame.screenWidth, height: frame.screenHeight)
    try file.check(width: frame.width, height: frame.height)
    var codes = GIFCodes(reader.blocks(), smallestCodeBits: frame.smallestCodeBits)
    guard let indices = codes.decode(count: frame.width * frame.height) else {
      throw codes.isDamaged ? file.damaged("GIF") : file.truncated("GIF")
    }
    return image(of: frame, indices)
  }

  private static func image(of frame: GIFFrame, _ indices: [UInt8]) -> PixelImage {
    let channels = frame.transparent != nil ? 4 : frame.palette.isEmpty ? 1 : 3
    let colours = Self.colours(of: frame, channels: channels)
    let (width, height) = (frame.screenWidth, frame.screenHeight)
    return PixelImage(width: width, height: height, channels: channels) { output in
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
    }
  }

  /// 256 colours, one after another. Without a palette the index is the grey value. Colours beyond the
  /// palette are black.
  private static func colours(of frame: GIFFrame, channels: Int) -> [UInt8] {
    let palette = frame.palette + repeatElement(0, count: 3 * 256 - frame.palette.count)
    return (UInt8.min...UInt8.max).flatMap { index in
      let stored = palette[3 * Int(index)..<3 * Int(index) + 3]
      let colour = frame.palette.isEmpty ? [index, index, index] : stored
      return (colour + [frame.transparent == index ? 0 : 255]).prefix(channels)
    }
  }
}
