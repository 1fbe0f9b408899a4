/// Strips compressed with PackBits (TIFF 6.0, section 9), perhaps with runs that continue in the next row.
/// libvips reads strips of more than 128 rows row by row, and libtiff then discards the part of a run beyond
/// its row.
struct TIFFPackBits {
  private let layout: TIFFLayout
  private let isBackwards: Bool

  private static let mostRowsTogether = 128

  /// nil if the pixels are not compressed in this way, if libvips reads them correctly, and if it refuses
  /// them in any case.
  init?(_ directory: TIFFDirectory) {
    // libvips uses the number as written. If it is missing, it is the largest possible.
    let rows = directory.number(.rowsPerStrip) ?? 0
    guard directory.number(.compression) == 32773, let layout = TIFFLayout(directory), !layout.isTiled,
      rows <= 0 || rows > Self.mostRowsTogether, layout.samples <= 5, layout.bits <= 16
    else { return nil }
    self.layout = layout
    isBackwards = directory.number(.fillOrder) == 2
  }

  /// Replaces the strips of the file with decompressed ones. If a strip is too short, the file is not
  /// changed, and libtiff reports it.
  ///
  /// - Parameters:
  ///   - bytes: the file.
  ///   - rewriting: the changes to the same file.
  func unpack(_ bytes: [UInt8], _ rewriting: inout TIFFRewriting) {
    let strips = (0..<layout.parts).map { unpacked($0, of: bytes) }
    var (offsets, lengths): ([Int], [Int]) = ([], [])
    for strip in strips {
      guard let strip else { return }
      lengths.append(strip.count)
    }
    for strip in strips { offsets.append(rewriting.append(strip ?? [])) }
    rewriting.setParts(of: layout, at: offsets, lengths)
    rewriting.set(.compression, [1])
  }

  /// Two bytes become at most this many.
  private static let longestRun = 128

  private func unpacked(_ part: Int, of bytes: [UInt8]) -> [UInt8]? {
    let (offset, length) = (layout.offsets[part], layout.lengths[part])
    let needed = layout.pixelBytes(ofPart: part)
    guard offset <= bytes.count - length, needed / Self.longestRun <= length else {
      return nil
    }
    let stored = bytes[offset..<offset + length]
    let packed = isBackwards ? stored.map(\.reversedBits)[...] : stored
    guard let pixels = Self.unpacked(packed, count: needed) else { return nil }
    return isBackwards ? pixels.map(\.reversedBits) : pixels
  }

  /// The first decompressed bytes; nil if there are fewer.
  private static func unpacked(_ packed: ArraySlice<UInt8>, count: Int) -> [UInt8]? {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(count)
    var rest = packed
    while pixels.count < count {
      guard let code = rest.popFirst() else { return nil }
      if code < 128 {
        guard rest.count > code else { return nil }
        pixels += rest.prefix(Int(code) + 1)
        rest = rest.dropFirst(Int(code) + 1)
      } else if code > 128 {
        guard let byte = rest.popFirst() else { return nil }
        pixels += repeatElement(byte, count: 257 - Int(code))
      }
    }
    return Array(pixels.prefix(count))
  }
}
