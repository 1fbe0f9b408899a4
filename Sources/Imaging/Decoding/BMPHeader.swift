/// The checked header of a Windows or OS/2 bitmap.
struct BMPHeader {
  var width: Int
  var height: Int
  var isTopDown: Bool
  var bitsPerPixel: Int
  /// The position in the file where the rows begin.
  var pixelOffset: Int
  /// 256 entries of red, green and blue, black after the file's own colours; empty for direct colour.
  var palette: [[UInt8]]
  /// The bits of red, green, blue and alpha in a 16- or 32-bit pixel. Alpha is 0 if there is none.
  var masks: [UInt32]
  /// Whether rows are coded as runs of equal pixels.
  var isRunLength: Bool

  /// The distance between rows, which are padded to whole 32-bit words.
  var rowBytes: Int

  private static let coreHeaderSize = 12

  /// The bytes before the header in a file, here without the position of the pixels.
  static let fileHeader: [UInt8] = Array("BM".utf8) + [UInt8](repeating: 0, count: 12)

  /// Whether the bytes begin with the header itself, as in memory and in some `.dib` files.
  static func isBare(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 26, [12, 40, 52, 56, 64, 108, 124].contains(bytes[0]),
      bytes[1..<4].allSatisfy({ $0 == 0 })
    else { return false }
    let planes = bytes[0] == coreHeaderSize ? 8 : 12
    return bytes[planes] == 1 && bytes[planes + 1] == 0 && codings[Int(bytes[planes + 2])] != nil
      && bytes[planes + 3] == 0
  }

  /// The codings for each number of bits per pixel. 0 is plain, 1 and 2 are run lengths, 3 defines the
  /// positions of colours in a pixel (for 24 bits they are always the same).
  private static let codings = [1: [0], 4: [0, 2], 8: [0, 1], 16: [0, 3], 24: [0, 3], 32: [0, 3]]

  /// - Throws: `truncated`, `unsupported` (embedded JPEG or PNG, 2 bits, 64 bits), `tooLarge`, `corrupt`.
  init(_ file: ImageFile) throws(ImagingError) {
    let size = try file.integer(at: 14, bytes: 4)
    let isCore = size == Self.coreHeaderSize
    guard isCore || size >= 40 else {
      throw .unsupported("'\(file.name)' has an unknown BMP header; convert it to PNG")
    }
    let storedHeight = isCore ? try file.integer(at: 20, bytes: 2) : try file.signed(at: 22)
    width = isCore ? try file.integer(at: 18, bytes: 2) : try file.signed(at: 18)
    height = abs(storedHeight)
    isTopDown = storedHeight < 0
    bitsPerPixel = try file.integer(at: isCore ? 24 : 28, bytes: 2)
    rowBytes = (width * bitsPerPixel + 31) / 32 * 4
    try file.check(width: width, height: height)
    let compression = isCore ? 0 : try file.integer(at: 30, bytes: 4)
    guard Self.codings[bitsPerPixel]?.contains(compression) == true else {
      throw .unsupported(
        "'\(file.name)' is a BMP of \(bitsPerPixel) bits with coding \(compression); convert it to PNG")
    }
    masks = bitsPerPixel == 16 ? [0x7c00, 0x03e0, 0x001f, 0] : [0xff0000, 0xff00, 0xff, 0]
    if compression == 3, bitsPerPixel != 24 {
      masks = try Self.readMasks(file, headerSize: size, bitsPerPixel: bitsPerPixel)
    }
    isRunLength = [1, 2].contains(compression)
    var colours = 0
    if bitsPerPixel <= 8 {
      let declared = isCore ? 0 : try file.integer(at: 46, bytes: 4)
      colours = declared == 0 ? 1 << bitsPerPixel : declared
    }
    let colourBytes = isCore ? 3 : 4
    palette = try Self.readPalette(file, at: 14 + size, count: colours, colourBytes: colourBytes)
    // If a palette of one bit has only black, the other colour is white.
    if bitsPerPixel == 1, palette == [[0, 0, 0]] { palette.append([255, 255, 255]) }
    if bitsPerPixel <= 8 { palette += repeatElement([0, 0, 0], count: 256 - palette.count) }
    let masksBehindHeader = size == 40 && compression == 3 ? 12 : 0
    let behindPalette = 14 + size + masksBehindHeader + colours * colourBytes
    pixelOffset = try file.integer(at: 10, bytes: 4)
    // Some writers count the bytes without the palette, or write no count.
    if pixelOffset == 0 || pixelOffset == 14 + size && colours > 0 { pixelOffset = behindPalette }
  }

  private static func readMasks(
    _ file: ImageFile, headerSize: Int, bitsPerPixel: Int
  ) throws(ImagingError) -> [UInt32] {
    var masks: [UInt32] = []
    for offset in [54, 58, 62] { masks.append(UInt32(try file.integer(at: offset, bytes: 4))) }
    masks.append(headerSize >= 56 ? UInt32(try file.integer(at: 66, bytes: 4)) : 0)
    if masks == [0, 0, 0, 0] { return [0xff0000, 0xff00, 0xff, 0xff00_0000] }
    // Pillow ignores one bit of transparency beside 15 bits of colour.
    if bitsPerPixel == 16, masks[3] == 0x8000 { masks[3] = 0 }
    return masks
  }

  /// At most 256 colours, because indices cannot be larger. Colours beyond the end of the file are left out.
  private static func readPalette(
    _ file: ImageFile, at start: Int, count: Int, colourBytes: Int
  ) throws(ImagingError) -> [[UInt8]] {
    var palette: [[UInt8]] = []
    let stored = max(0, file.bytes.count - start) / colourBytes
    for entry in 0..<min(count, 256, stored) {
      let colour = try file.integer(at: start + entry * colourBytes, bytes: 3)
      palette.append([UInt8(colour >> 16), UInt8(colour >> 8 & 0xff), UInt8(colour & 0xff)])
    }
    return palette
  }
}

extension ImageFile {
  /// A little-endian number.
  fileprivate func integer(at offset: Int, bytes count: Int) throws(ImagingError) -> Int {
    guard offset >= 0, offset + count <= bytes.count else { throw truncated("BMP") }
    return bytes[offset..<offset + count].littleEndian
  }

  fileprivate func signed(at offset: Int) throws(ImagingError) -> Int {
    Int(Int32(truncatingIfNeeded: try integer(at: offset, bytes: 4)))
  }
}
