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
      && directory.number(.extraSamples) != TIFFKinds.Extra.nothing.rawValue
  }

  /// The image of which `decode` makes pixels plane by plane.
  ///
  /// - Parameter bytes: the file.
  func image(
    _ bytes: [UInt8], decode: ([UInt8]) throws(ImagingError) -> PixelImage
  ) throws(ImagingError) -> PixelImage {
    var planes: [PixelImage] = []
    for plane in 0..<colours + (hasAlpha ? 1 : 0) { planes.append(try decode(file(bytes, plane: plane))) }
    let image = Self.joined(planes)
    if photometric == 5 {
      let pixels = ColourConversion.rgb(fromCMYK: image.pixels)
      return PixelImage(width: image.width, height: image.height, channels: 3, pixels: pixels)
    }
    guard image.channels == 2 else { return image }
    let pixels = ColourConversion.rgba(fromGreyAlpha: image.pixels)
    return PixelImage(width: image.width, height: image.height, channels: 4, pixels: pixels)
  }

  private func file(_ bytes: [UInt8], plane: Int) -> [UInt8] {
    var rewriting = TIFFRewriting(bytes, directory)
    let parts = plane * layout.partsInPlane..<(plane + 1) * layout.partsInPlane
    rewriting.set(layout.isTiled ? .tileOffsets : .stripOffsets, Array(layout.offsets[parts]))
    rewriting.set(layout.isTiled ? .tileByteCounts : .stripByteCounts, Array(layout.lengths[parts]))
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
    let (width, height) = (planes[0].width, planes[0].height)
    let pixels = [UInt8].filled(count: width * height * channels) { output in
      var first = 0
      for plane in planes {
        for index in 0..<plane.pixels.count {
          output[index / plane.channels * channels + first + index % plane.channels] = plane.pixels[index]
        }
        first += plane.channels
      }
    }.bytes
    return PixelImage(width: width, height: height, channels: channels, pixels: pixels)
  }
}
