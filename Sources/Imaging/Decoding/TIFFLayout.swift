/// How the pixels of a TIFF lie in its strips or tiles (TIFF 6.0, sections 3, 7 and 15).
struct TIFFLayout {
  let samples: Int
  /// Of each sample.
  let bits: Int
  /// Whether each sample of all pixels stands for itself, in strips or tiles of its own.
  let hasPlanes: Bool
  let isTiled: Bool
  /// Where the strips or tiles begin, those of the first plane first, and how many bytes they have.
  let offsets: [Int]
  let lengths: [Int]
  private let width: Int
  private let height: Int
  private let partWidth: Int
  private let partRows: Int

  /// Nil where the file does not say enough, or what cannot be.
  init?(_ directory: TIFFDirectory) {
    isTiled = directory[.tileWidth] != nil
    guard let width = directory.number(.imageWidth), let height = directory.number(.imageLength),
      let offsets = directory[isTiled ? .tileOffsets : .stripOffsets]?.integers,
      let lengths = directory[isTiled ? .tileByteCounts : .stripByteCounts]?.integers
    else { return nil }
    (self.width, self.height, self.offsets, self.lengths) = (width, height, offsets, lengths)
    samples = directory.number(.samplesPerPixel) ?? 1
    bits = directory.number(.bitsPerSample) ?? 1
    hasPlanes = directory.number(.planarConfiguration) == 2
    let rows = directory.number(isTiled ? .tileLength : .rowsPerStrip) ?? height
    partRows = isTiled ? rows : min(rows > 0 ? rows : height, height)
    partWidth = directory.number(.tileWidth) ?? width
    let sides = [width, height, partWidth, partRows]
    guard sides.allSatisfy({ (1...Self.largestSide).contains($0) }), (1...64).contains(bits),
      (1...16).contains(samples), offsets.count == lengths.count,
      offsets.count >= partsInPlane * (hasPlanes ? samples : 1)
    else { return nil }
  }

  private static let largestSide = 1 << 24

  private var partsAcross: Int { (width + partWidth - 1) / partWidth }

  /// How many strips or tiles hold one plane, or all pixels.
  var partsInPlane: Int { partsAcross * ((height + partRows - 1) / partRows) }

  /// Bytes of a strip's or tile's pixels before they are compressed; of the last strip's only those in the image.
  func pixelBytes(ofPart part: Int) -> Int {
    let top = part % partsInPlane / partsAcross * partRows
    let rows = isTiled ? partRows : min(partRows, height - top)
    return rows * ((partWidth * (hasPlanes ? 1 : samples) * bits + 7) / 8)
  }
}
