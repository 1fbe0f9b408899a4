/// Netpbm's images, P1 to P6, as plain text or in bytes, of any greatest value; as Pillow reads them, but for grey of more than 8
/// bits, of which the upper 8 are kept.
enum PNMDecoder {
  static func decode(
    _ bytes: [UInt8], name: String, options: DecodingOptions
  ) throws(ImagingError) -> PixelImage {
    var reader = PNMReader(bytes, name: name)
    let header = try PNMHeader(&reader)
    try options.check(width: header.width, height: header.height, name: name)
    let count = header.width * header.height * header.channels
    let pixels =
      switch (header.isPlain, header.largest) {
      case (true, nil): try plainBits(&reader, count: count)
      case (true, let largest?): try plainSamples(&reader, count: count, header.scale(largest))
      case (false, nil): try packedBits(&reader, width: header.width, height: header.height)
      case (false, let largest?): try samples(&reader, count: count, header.scale(largest))
      }
    return PixelImage(
      width: header.width, height: header.height, channels: header.channels, pixels: pixels)
  }

  /// One bit a pixel, 1 for black, rows padded to whole bytes.
  private static func packedBits(
    _ reader: inout PNMReader, width: Int, height: Int
  ) throws(ImagingError) -> [UInt8] {
    let rowBytes = (width + 7) / 8
    let packed = try reader.take(rowBytes * height)
    return [UInt8].filled(count: width * height) { output in
      for y in 0..<height {
        for x in 0..<width {
          let byte = packed[packed.startIndex + y * rowBytes + x / 8]
          output[y * width + x] = byte >> UInt8(7 - x % 8) & 1 == 1 ? 0 : 255
        }
      }
    }.bytes
  }

  private static func samples(
    _ reader: inout PNMReader, count: Int, _ scale: PNMScale
  ) throws(ImagingError) -> [UInt8] {
    guard scale.largest > 255 else {
      let stored = try reader.take(count)
      return scale.largest == 255 ? Array(stored) : stored.map { scale[Int($0)] }
    }
    let stored = try reader.take(2 * count)
    return [UInt8].filled(count: count) { output in
      for index in 0..<count {
        let first = stored.startIndex + 2 * index
        output[index] = scale[Int(stored[first]) << 8 | Int(stored[first + 1])]
      }
    }.bytes
  }

  /// Digits 0 and 1, with or without white space between them.
  private static func plainBits(_ reader: inout PNMReader, count: Int) throws(ImagingError) -> [UInt8] {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(min(count, reader.remaining))
    while pixels.count < count {
      switch try reader.digit() {
      case UInt8(ascii: "0"): pixels.append(255)
      case UInt8(ascii: "1"): pixels.append(0)
      default: throw reader.damaged("a pixel that is neither 0 nor 1")
      }
    }
    return pixels
  }

  private static func plainSamples(
    _ reader: inout PNMReader, count: Int, _ scale: PNMScale
  ) throws(ImagingError) -> [UInt8] {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(min(count, reader.remaining))
    while pixels.count < count {
      let value = try reader.number()
      guard value <= scale.largest else { throw reader.damaged("a value above \(scale.largest)") }
      pixels.append(scale[value])
    }
    return pixels
  }
}
