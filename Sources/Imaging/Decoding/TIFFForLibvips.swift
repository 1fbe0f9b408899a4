/// A TIFF as libvips is to see it, so that it comes to Pillow's pixels.
struct TIFFForLibvips {
  private(set) var bytes: [UInt8]
  /// Those that are to be read one by one.
  let planes: TIFFPlanes?

  /// Nil where the bytes are no TIFF.
  ///
  /// - Throws: `tooLarge`, `corrupt` where a side is not positive, `decoderMissing`.
  init?(_ original: [UInt8], name: String, options: DecodingOptions) throws(ImagingError) {
    bytes = Self.withSignature(original)
    guard let directory = TIFFDirectory(bytes[...]) else { return nil }
    if let width = directory.number(.imageWidth), let height = directory.number(.imageLength) {
      try options.check(width: width, height: height, name: name)
    }
    Self.divideNothing(&bytes, directory)
    // What is rewritten starts from the entries as they are by now.
    if let changed = TIFFDirectory(bytes[...]) { try Self.rewrite(&bytes, changed) }
    planes = TIFFDirectory(bytes[...]).flatMap(TIFFPlanes.init)
  }

  /// With the two bytes behind the byte order in their right order.
  private static func withSignature(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.starts(with: [0x49, 0x49, 0, 42]) || bytes.starts(with: [0x4d, 0x4d, 42, 0]) else {
      return bytes
    }
    var changed = bytes
    changed.swapAt(2, 3)
    return changed
  }

  /// libvips would divide colours that are multiplied by alpha, with other rounding than Pillow.
  private static func divideNothing(_ bytes: inout [UInt8], _ directory: TIFFDirectory) {
    let multiplied = TIFFKinds.Extra.multiplied.rawValue
    guard directory.number(.extraSamples) == multiplied, let value = directory[.extraSamples]?.bytes,
      let place = value.indices.first(where: { value[$0] == multiplied })
    else { return }
    bytes[place] = UInt8(TIFFKinds.Extra.alpha.rawValue)
  }

  private static func rewrite(_ bytes: inout [UInt8], _ directory: TIFFDirectory) throws(ImagingError) {
    var rewriting = TIFFRewriting(bytes, directory)
    var isRewritten = false
    let samples = directory.number(.samplesPerPixel) ?? 1
    if samples == 1, directory.number(.planarConfiguration) == 2 {
      rewriting.set(.planarConfiguration, [1])
      isRewritten = true
    }
    // To Pillow 0 is then white.
    if samples == 1, directory[.photometricInterpretation] == nil {
      rewriting.set(.photometricInterpretation, [0])
      isRewritten = true
    }
    if try TIFFInflation(directory)?.shorten(bytes, &rewriting) ?? false { isRewritten = true }
    if isRewritten, let file = rewriting.file() { bytes = file }
  }
}
