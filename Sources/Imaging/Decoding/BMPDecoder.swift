/// Windows and OS/2 bitmaps, plain or run-length encoded. libvips can read them only through ImageMagick.
enum BMPDecoder {
  /// - Returns: 3 channels, or 4 if the file defines alpha bits. Grey palettes also give 3 channels.
  static func decode(_ original: ImageFile) throws(ImagingError) -> PixelImage {
    var file = original
    if BMPHeader.isBare(file.bytes) { file.bytes.insert(contentsOf: BMPHeader.fileHeader, at: 0) }
    var header = try BMPHeader(file)
    if header.isRunLength { try unpack(&file, &header) }
    // The last row needs no padding.
    let lastRow = (header.width * header.bitsPerPixel + 7) / 8
    guard header.pixelOffset + header.rowBytes * (header.height - 1) + lastRow <= file.bytes.count else {
      throw file.truncated("BMP")
    }
    let channels = header.masks[3] == 0 ? 3 : 4
    return PixelImage(width: header.width, height: header.height, channels: channels) { output in
      var target = 0
      for y in 0..<header.height {
        let row = header.isTopDown ? y : header.height - 1 - y
        let start = header.pixelOffset + row * header.rowBytes
        for x in 0..<header.width {
          write(header, file.bytes, pixel: x, rowStart: start, to: output, at: target, channels: channels)
          target += channels
        }
      }
    }
  }

  /// Replaces run lengths in the file with the pixels that they encode, one byte per pixel.
  private static func unpack(_ file: inout ImageFile, _ header: inout BMPHeader) throws(ImagingError) {
    var runs = BMPRuns(
      input: ByteReader(file: file, format: "BMP", position: header.pixelOffset),
      isNibbles: header.bitsPerPixel == 4)
    file.bytes = try runs.indices(width: header.width, height: header.height)
    (header.bitsPerPixel, header.pixelOffset, header.rowBytes) = (8, 0, header.width)
  }

  private static func write(
    _ header: BMPHeader, _ bytes: [UInt8], pixel x: Int, rowStart: Int,
    to output: UnsafeMutableBufferPointer<UInt8>, at target: Int, channels: Int
  ) {
    let bits = header.bitsPerPixel
    if bits <= 8 {
      let bit = x * bits
      let index = Int(bytes[rowStart + bit / 8] >> UInt8(8 - bits - bit % 8)) & (1 << bits - 1)
      for channel in 0..<3 { output[target + channel] = header.palette[index][channel] }
    } else if bits == 24 {
      for channel in 0..<3 { output[target + channel] = bytes[rowStart + 3 * x + 2 - channel] }
    } else {
      let start = rowStart + x * bits / 8
      let word = UInt32(bytes[start..<start + bits / 8].littleEndian)
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

/// The run lengths of a bitmap with 8 or 4 bits per pixel (Microsoft, "Bitmap Compression"), decoded as
/// Pillow does.
struct BMPRuns {
  private(set) var input: ByteReader
  let isNibbles: Bool

  /// The pixels' indices in the palette, in the file's order of rows.
  ///
  /// - Throws: `truncated` if the runs end early.
  mutating func indices(width: Int, height: Int) throws(ImagingError) -> [UInt8] {
    let count = width * height
    var indices: [UInt8] = []
    indices.reserveCapacity(min(count, 64 * input.file.bytes.count))
    var x = 0
    while indices.count < count {
      let (first, second) = (try input.byte(), try input.byte())
      if first > 0 {
        // Pixels beyond the row are ignored.
        let length = min(Int(first), max(0, width - x))
        indices += (0..<length).map { sample(second, $0) }
        x += length
        continue
      }
      switch second {
      case 0:
        indices += repeatElement(0, count: (width - indices.count % width) % width)
        x = 0
      case 1: throw input.truncated
      case 2:
        let (right, up) = (try input.byte(), try input.byte())
        indices += repeatElement(0, count: min(count - indices.count, Int(right) + Int(up) * width))
        x = indices.count % width
      default:
        // This many literal pixels, not a run.
        let length = min(count - indices.count, Int(second))
        let stored = Array(try input.take(isNibbles ? (length + 1) / 2 : length))
        indices += (0..<length).map { sample(stored[isNibbles ? $0 / 2 : $0], $0) }
        // Padded to a whole number of 16-bit words.
        input.position += input.position % 2
        x += Int(second)
      }
    }
    return Array(indices.prefix(count))
  }

  /// The pixel at a position in a run. The byte of the run holds one pixel or two.
  private func sample(_ byte: UInt8, _ number: Int) -> UInt8 {
    guard isNibbles else { return byte }
    return number % 2 == 0 ? byte >> 4 : byte & 15
  }
}
