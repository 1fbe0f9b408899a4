import CSPNG

/// Reduces a PNG to what its pixels need, in the order of the standard. It is for files that libspng refuses,
/// while Pillow and browsers ignore the defects outside of the pixels (unknown chunks, empty ones, palettes
/// of odd lengths).
enum PNGRebuilding {
  /// nil if there is no header, or if a checksum before the pixels is wrong.
  static func essentials(of bytes: [UInt8]) -> [UInt8]? {
    var header: ArraySlice<UInt8>?
    var palette: ArraySlice<UInt8> = []
    var transparency: ArraySlice<UInt8>?
    var pixels: [ArraySlice<UInt8>] = []
    // All pixels may be present even if the file ends before the last checksums.
    for chunk in PNGChunks(bytes, takesUnfinished: true) {
      if chunk.isCalled("IDAT") {
        pixels.append(chunk.content)
        continue
      }
      guard pixels.isEmpty else { break }
      guard hasItsChecksum(chunk, in: bytes) else { return nil }
      if chunk.isCalled("IHDR"), chunk.content.count >= headerSize {
        header = chunk.content.prefix(headerSize)
      } else if chunk.isCalled("PLTE") {
        palette = chunk.content
      } else if chunk.isCalled("tRNS") {
        transparency = chunk.content
      }
    }
    guard let header, !pixels.isEmpty else { return nil }
    return file(Array(header), palette, transparency, pixels)
  }

  private static let headerSize = 13

  private static func file(
    _ header: [UInt8], _ palette: ArraySlice<UInt8>, _ transparency: ArraySlice<UInt8>?,
    _ pixels: [ArraySlice<UInt8>]
  ) -> [UInt8] {
    // After width, height, bits and colour comes the compression method, of which there is only one.
    let header = header[..<10] + [0] + header[11...]
    var file: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    append("IHDR", header, to: &file)
    var transparency = transparency
    if header[9] == UInt8(SPNG_COLOR_TYPE_INDEXED.rawValue) {
      let colours = max(1, min(palette.count / 3, 1 << Int(min(header[8], 8))))
      // An incomplete colour is dropped.
      let whole = palette.prefix(3 * min(palette.count / 3, colours))
      append("PLTE", whole + repeatElement(0, count: max(0, 3 - whole.count)), to: &file)
      transparency = transparency?.prefix(colours)
    }
    if let transparency, !transparency.isEmpty { append("tRNS", transparency, to: &file) }
    for part in pixels { append("IDAT", part, to: &file) }
    append("IEND", [], to: &file)
    return file
  }

  private static func append(_ name: String, _ content: ArraySlice<UInt8>, to file: inout [UInt8]) {
    let start = file.count + 4
    file += bytes(of: UInt32(content.count)) + Array(name.utf8) + content
    file += bytes(of: Inflater.checksum(file[start...]))
  }

  private static func bytes(of number: UInt32) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }

  private static func hasItsChecksum(_ chunk: PNGChunks.Chunk, in bytes: [UInt8]) -> Bool {
    let end = chunk.content.endIndex
    return end + 4 <= bytes.count
      && Int(Inflater.checksum(chunk.name + chunk.content)) == bytes[end..<end + 4].bigEndian
  }
}
