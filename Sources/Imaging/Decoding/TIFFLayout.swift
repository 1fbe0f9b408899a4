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
      offsets.count >= parts, (offsets + lengths).allSatisfy({ $0 >= 0 })
    else { return nil }
  }

  private static let largestSide = 1 << 24

  private var partsAcross: Int { (width + partWidth - 1) / partWidth }

  /// How many strips or tiles hold one plane, or all pixels.
  var partsInPlane: Int { partsAcross * ((height + partRows - 1) / partRows) }

  /// How many strips or tiles there are.
  var parts: Int { partsInPlane * (hasPlanes ? samples : 1) }

  /// Bytes of a strip's or tile's pixels before they are compressed; of the last strip's only those in the image.
  func pixelBytes(ofPart part: Int) -> Int {
    let top = part % partsInPlane / partsAcross * partRows
    let rows = isTiled ? partRows : min(partRows, height - top)
    return rows * ((partWidth * (hasPlanes ? 1 : samples) * bits + 7) / 8)
  }
}

extension TIFFLayout {
  /// Whether a file of so many bytes ends within a strip or tile.
  ///
  /// - Parameter isPacked: whether all bytes of a part count, and not those alone that its pixels need.
  func reaches(beyond count: Int, isPacked: Bool) -> Bool {
    (0..<parts).contains { part in
      // libtiff passes over a length that is too short for the only strip.
      let needed = isPacked ? lengths[part] : pixelBytes(ofPart: part)
      return offsets[part] > count - needed
    }
  }
}

/// A TIFF whose samples stand in planes, each for itself, of which libvips would mix up the samples or which it refuses: every
/// plane becomes a grey TIFF of its own.
struct TIFFPlanes {
  private let directory: TIFFDirectory
  private let layout: TIFFLayout
  private let photometric: Int
  /// How many samples make a colour; those behind them are alpha or mean nothing.
  private let colours: Int

  /// Nil where libvips reads the file as a whole.
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

  /// The image of which `decode` makes pixels plane by plane.
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

  /// The channels of all images side by side.
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
