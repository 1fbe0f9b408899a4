/// The layout of a TIFF's pixels in strips or tiles (TIFF 6.0, sections 3, 7 and 15).
struct TIFFLayout {
  let samples: Int
  /// The number of bits of each sample.
  let bits: Int
  /// Whether each sample has its own plane, in separate strips or tiles.
  let hasPlanes: Bool
  let isTiled: Bool
  /// The positions of the strips or tiles, those of the first plane first, and their numbers of bytes.
  let offsets: [Int]
  let lengths: [Int]
  private let width: Int
  private let height: Int
  private let partWidth: Int
  private let partRows: Int

  /// nil if the file does not state enough, or contradicts itself.
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
      offsets.count >= parts, (offsets + lengths).allSatisfy({ $0 >= 0 })
    else { return nil }
  }

  private static let largestSide = 1 << 24

  private var partsAcross: Int { (width + partWidth - 1) / partWidth }

  /// The number of strips or tiles of one plane, or of all pixels.
  var partsInPlane: Int { partsAcross * ((height + partRows - 1) / partRows) }

  /// The number of strips or tiles.
  var parts: Int { partsInPlane * (hasPlanes ? samples : 1) }

  /// The bytes of the pixels of a strip or tile before compression. For the last strip only those within the
  /// image.
  func pixelBytes(ofPart part: Int) -> Int {
    let top = part % partsInPlane / partsAcross * partRows
    let rows = isTiled ? partRows : min(partRows, height - top)
    return rows * ((partWidth * (hasPlanes ? 1 : samples) * bits + 7) / 8)
  }
}

extension TIFFLayout {
  /// Whether a file of this size ends within a strip or tile.
  ///
  /// - Parameter isPacked: whether all bytes of a part count, or only those that its pixels need.
  func reaches(beyond count: Int, isPacked: Bool) -> Bool {
    (0..<parts).contains { part in
      // If there is only one strip, libtiff ignores a length that is too short.
      let needed = isPacked ? lengths[part] : pixelBytes(ofPart: part)
      return offsets[part] > count - needed
    }
  }
}

/// A TIFF whose samples are in separate planes, which libvips would mix up or refuse. Every plane becomes a
/// separate grey TIFF.
struct TIFFPlanes {
  private let directory: TIFFDirectory
  private let layout: TIFFLayout
  private let photometric: Int
  /// The number of samples that form a colour. Samples after them are alpha or have no meaning.
  private let colours: Int

  /// nil if libvips reads the file as a whole.
  init?(_ directory: TIFFDirectory) {
    guard let layout = TIFFLayout(directory), layout.hasPlanes, layout.samples > 1,
      let photometric = directory.number(.photometricInterpretation),
      let colours = [0: 1, 1: 1, 2: 3, 3: 1, 5: 4][photometric], layout.samples >= colours
    else { return nil }
    let isCopied = photometric == 2 && layout.samples <= 4 && layout.bits == 8 && !layout.isTiled
    guard !isCopied else { return nil }
    (self.directory, self.layout, self.photometric, self.colours) = (directory, layout, photometric, colours)
  }

  private var hasAlpha: Bool {
    photometric != 5 && layout.samples > colours
      && directory.number(.extraSamples) != TIFFDirectory.Extra.nothing.rawValue
  }

  /// The image, decoded plane by plane with `decode`.
  ///
  /// - Parameter bytes: the file.
  func image(
    _ bytes: [UInt8], decode: ([UInt8]) throws(ImagingError) -> PixelImage
  ) throws(ImagingError) -> PixelImage {
    let planes = try (0..<colours + (hasAlpha ? 1 : 0)).map { (plane) throws(ImagingError) in
      try decode(file(bytes, plane: plane))
    }
    let image = Self.joined(planes)
    if photometric == 5 { return ColourConversion.rgb(fromCMYK: image) }
    return image.channels == 2 ? ColourConversion.rgba(fromGreyAlpha: image) : image
  }

  private func file(_ bytes: [UInt8], plane: Int) -> [UInt8] {
    var rewriting = TIFFRewriting(bytes, directory)
    let parts = plane * layout.partsInPlane..<(plane + 1) * layout.partsInPlane
    rewriting.setParts(of: layout, at: Array(layout.offsets[parts]), Array(layout.lengths[parts]))
    rewriting.set(.samplesPerPixel, [1])
    rewriting.set(.bitsPerSample, [layout.bits])
    rewriting.set(.planarConfiguration, [1])
    rewriting.set(.photometricInterpretation, [plane == 0 && colours == 1 ? photometric : 1])
    rewriting.remove(.extraSamples)
    if let format = directory.number(.sampleFormat) { rewriting.set(.sampleFormat, [format]) }
    return rewriting.file() ?? bytes
  }

  /// The channels of all images joined.
  private static func joined(_ planes: [PixelImage]) -> PixelImage {
    let channels = planes.reduce(0) { $0 + $1.channels }
    return PixelImage(width: planes[0].width, height: planes[0].height, channels: channels) { output in
      var first = 0
      for plane in planes {
        for index in 0..<plane.pixels.count {
          output[index / plane.channels * channels + first + index % plane.channels] = plane.pixels[index]
        }
        first += plane.channels
      }
    }
  }
}
