/// Strips packed by PackBits (TIFF 6.0, section 9), perhaps all rows together, with runs that go on in the next row. libvips reads
/// strips of more than 128 rows row by row, and libtiff then throws away what a run has beyond its row.
struct TIFFPackBits {
  private let layout: TIFFLayout
  private let isBackwards: Bool

  private static let mostRowsTogether = 128

  /// Nil where the pixels are not packed so, where libvips reads them rightly, and where it refuses them however they are packed.
  init?(_ directory: TIFFDirectory) {
    // libvips looks at the number as it stands; one that is not said is the largest.
    let rows = directory.number(.rowsPerStrip) ?? 0
    guard directory.number(.compression) == 32773, let layout = TIFFLayout(directory), !layout.isTiled,
      rows <= 0 || rows > Self.mostRowsTogether, layout.samples <= 5, layout.bits <= 16
    else { return nil }
    self.layout = layout
    isBackwards = directory.number(.fillOrder) == 2
  }

  /// Gives the file its strips unpacked. It stays as it is where a strip is too short: libtiff says so.
  ///
  /// - Parameters:
  ///   - bytes: the file.
  ///   - rewriting: of the same file.
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

  /// Two bytes become as many at most.
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

  /// The first bytes of what is packed; nil where there are fewer.
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
