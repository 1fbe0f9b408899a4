/// Netpbm images, P1 to P6, as text or binary, with any maximum value. They are read as in Pillow, except
/// that of grey with more than 8 bits only the upper 8 are kept.
enum PNMDecoder {
  static func decode(_ file: ImageFile) throws(ImagingError) -> PixelImage {
    var reader = PNMReader(file)
    let kind = try reader.kind()
    let (isText, channels) = (kind <= 3, kind % 3 == 0 ? 3 : 1)
    let (width, height) = (try reader.number(), try reader.number())
    // nil if a pixel is one bit.
    let largest = kind % 3 == 1 ? nil : try reader.number()
    guard (1...65535).contains(largest ?? 1) else {
      throw reader.damaged("the greatest value is \(largest ?? 0), not 1 to 65535")
    }
    try file.check(width: width, height: height)
    let count = width * height * channels
    let scale = largest.map { PNMScale(largest: $0, bitsKept: channels == 1 && $0 > 255 ? 16 : 8) }
    let pixels =
      switch (isText, scale) {
      case (true, nil): try reader.bits(count)
      case (true, let scale?): try reader.numbers(count, scale)
      case (false, nil): try packedBits(&reader, width: width, height: height)
      case (false, let scale?): try samples(&reader, count: count, scale)
      }
    return PixelImage(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// One bit per pixel, 1 for black, with rows padded to whole bytes.
  private static func packedBits(
    _ reader: inout PNMReader, width: Int, height: Int
  ) throws(ImagingError) -> [UInt8] {
    let rowBytes = (width + 7) / 8
    let packed = try reader.input.take(rowBytes * height)
    return (0..<width * height).map { pixel in
      let (y, x) = pixel.quotientAndRemainder(dividingBy: width)
      return packed[packed.startIndex + y * rowBytes + x / 8] >> UInt8(7 - x % 8) & 1 == 1 ? 0 : 255
    }
  }

  private static func samples(
    _ reader: inout PNMReader, count: Int, _ scale: PNMScale
  ) throws(ImagingError) -> [UInt8] {
    guard scale.largest > 255 else {
      let stored = try reader.input.take(count)
      return scale.largest == 255 ? Array(stored) : stored.map { scale[Int($0)] }
    }
    let stored = try reader.input.take(2 * count)
    return stride(from: stored.startIndex, to: stored.endIndex, by: 2).map {
      scale[Int(stored[$0]) << 8 | Int(stored[$0 + 1])]
    }
  }
}

/// Scales 0...largest to 0...255, with Python's rounding: halves go to the even number.
struct PNMScale {
  /// The sample that means full brightness.
  let largest: Int
  private let table: [UInt8]

  init(largest: Int, bitsKept: Int) {
    self.largest = largest
    let white = bitsKept == 16 ? 65535.0 : 255.0
    table = (0...largest).map { value in
      let scaled = Int((Double(value) / Double(largest) * white).rounded(.toNearestOrEven))
      return UInt8(bitsKept == 16 ? scaled >> 8 : scaled)
    }
  }

  /// Values above the largest count as the largest.
  subscript(value: Int) -> UInt8 { table[min(value, largest)] }
}
