/// Windows and OS/2 bitmaps, plain or in run lengths, which libvips reads only through ImageMagick.
enum BMPDecoder {
  /// - Returns: 3 channels, or 4 where the file says which bits are alpha; grey palettes come as 3 too.
  static func decode(
    _ original: [UInt8], name: String, options: DecodingOptions
  ) throws(ImagingError) -> PixelImage {
    let bytes = BMPHeader.isBare(original) ? BMPHeader.fileHeader + original : original
    let header = try BMPHeader(bytes, name: name, options: options)
    if header.isRunLength { return try runs(header, bytes, name: name) }
    // The last row needs no padding.
    let lastRow = (header.width * header.bitsPerPixel + 7) / 8
    guard header.pixelOffset + header.rowBytes * (header.height - 1) + lastRow <= bytes.count else {
      throw ImagingError(.truncated, "'\(name)' is a truncated BMP; copy or re-create it")
    }
    let channels = header.palette.isEmpty && header.masks[3] != 0 ? 4 : 3
    let count = header.width * header.height * channels
    let pixels = [UInt8].filled(count: count) { output in
      var target = 0
      for y in 0..<header.height {
        let row = header.isTopDown ? y : header.height - 1 - y
        let start = header.pixelOffset + row * header.rowBytes
        for x in 0..<header.width {
          write(header, bytes, pixel: x, rowStart: start, to: output, at: target, channels: channels)
          target += channels
        }
      }
    }.bytes
    return PixelImage(width: header.width, height: header.height, channels: channels, pixels: pixels)
  }

  private static func runs(
    _ header: BMPHeader, _ bytes: [UInt8], name: String
  ) throws(ImagingError) -> PixelImage {
    var runs = BMPRuns(bytes, from: header.pixelOffset, isNibbles: header.bitsPerPixel == 4)
    guard let indices = runs.indices(width: header.width, height: header.height) else {
      throw ImagingError(.truncated, "'\(name)' is a truncated BMP; copy or re-create it")
    }
    let pixels = [UInt8].filled(count: 3 * indices.count) { output in
      for target in 0..<indices.count {
        let (y, x) = target.quotientAndRemainder(dividingBy: header.width)
        let row = header.isTopDown ? y : header.height - 1 - y
        let index = Int(indices[row * header.width + x])
        for channel in 0..<3 {
          output[3 * target + channel] = index < header.palette.count ? header.palette[index][channel] : 0
        }
      }
    }.bytes
    return PixelImage(width: header.width, height: header.height, channels: 3, pixels: pixels)
  }

  private static func write(
    _ header: BMPHeader, _ bytes: [UInt8], pixel x: Int, rowStart: Int,
    to output: UnsafeMutableBufferPointer<UInt8>, at target: Int, channels: Int
  ) {
    let bits = header.bitsPerPixel
    if bits <= 8 {
      let bit = x * bits
      let shift = 8 - bits - bit % 8
      let index = Int(bytes[rowStart + bit / 8] >> UInt8(shift)) & (1 << bits - 1)
      for channel in 0..<3 {
        output[target + channel] = index < header.palette.count ? header.palette[index][channel] : 0
      }
    } else if bits == 24 {
      for channel in 0..<3 { output[target + channel] = bytes[rowStart + 3 * x + 2 - channel] }
    } else {
      let start = rowStart + x * bits / 8
      var word: UInt32 = 0
      for byte in (start..<start + bits / 8).reversed() { word = word << 8 | UInt32(bytes[byte]) }
      for channel in 0..<channels {
        output[target + channel] = field(of: word, mask: header.masks[channel])
      }
    }
  }

  /// The bits of `word` under `mask`, stretched to 0...255.
  private static func field(of word: UInt32, mask: UInt32) -> UInt8 {
    guard mask != 0 else { return 0 }
    let shift = UInt32(mask.trailingZeroBitCount)
    let largest = UInt64(mask >> shift)
    return UInt8(UInt64((word & mask) >> shift) * 255 / largest)
  }
}
