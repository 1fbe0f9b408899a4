/// Uncompressed Windows and OS/2 bitmaps, which libvips reads only through ImageMagick.
enum BMPDecoder {
  /// - Returns: 3 channels, or 4 where the file says which bits are alpha; grey palettes come as 3 too.
  static func decode(
    _ bytes: [UInt8], name: String, options: DecodingOptions
  ) throws(ImagingError) -> PixelImage {
    let header = try BMPHeader(bytes, name: name, options: options)
    guard header.pixelOffset + header.rowBytes * header.height <= bytes.count else {
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
