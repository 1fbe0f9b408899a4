/// A TIFF that is changed so that libvips gives Pillow's pixels.
struct TIFFForLibvips {
  private(set) var file: ImageFile
  /// The planes to read one by one, if any.
  let planes: TIFFPlanes?

  /// nil if the bytes are not a TIFF.
  ///
  /// - Throws: `tooLarge`, `corrupt` if a side is not positive, `truncated`, `decoderMissing`.
  init?(_ original: ImageFile) throws(ImagingError) {
    file = original
    // The two bytes after the byte order may be in the wrong one.
    if [[0x49, 0x49, 0, 42], [0x4d, 0x4d, 42, 0]].contains(Array(file.bytes.prefix(4))) {
      file.bytes.swapAt(2, 3)
    }
    guard let directory = TIFFDirectory(file.bytes[...]) else { return nil }
    if let width = directory.number(.imageWidth), let height = directory.number(.imageLength) {
      try file.check(width: width, height: height)
    }
    Self.divideNothing(&file.bytes, directory)
    // Further rewriting starts from the entries after the previous changes.
    if let changed = TIFFDirectory(file.bytes[...]) { try Self.rewrite(&file.bytes, changed) }
    planes = TIFFDirectory(file.bytes[...]).flatMap(TIFFPlanes.init)
    // Bytes that are appended to a file must not be mistaken for missing pixels.
    let isLonger = planes != nil || file.bytes.count != original.bytes.count
    let isPacked = directory.number(.compression) ?? 1 != 1
    // If nothing states where the pixels end, they could be.
    if isLonger, TIFFLayout(directory)?.reaches(beyond: original.bytes.count, isPacked: isPacked) != false {
      throw original.truncated("TIFF")
    }
  }

  /// libvips would divide colours that are multiplied by alpha, but round differently than Pillow.
  private static func divideNothing(_ bytes: inout [UInt8], _ directory: TIFFDirectory) {
    let multiplied = TIFFDirectory.Extra.multiplied.rawValue
    guard directory.number(.extraSamples) == multiplied, let value = directory[.extraSamples]?.bytes,
      let place = value.indices.first(where: { value[$0] == multiplied })
    else { return }
    bytes[place] = UInt8(TIFFDirectory.Extra.alpha.rawValue)
  }

  private static func rewrite(_ bytes: inout [UInt8], _ directory: TIFFDirectory) throws(ImagingError) {
    var rewriting = TIFFRewriting(bytes, directory)
    let samples = directory.number(.samplesPerPixel) ?? 1
    if samples == 1, directory.number(.planarConfiguration) == 2 {
      rewriting.set(.planarConfiguration, [1])
    }
    // For Pillow, 0 then means white.
    if samples == 1, directory[.photometricInterpretation] == nil {
      rewriting.set(.photometricInterpretation, [0])
    }
    try TIFFInflation(directory)?.shorten(bytes, &rewriting)
    TIFFPackBits(directory)?.unpack(bytes, &rewriting)
    if !rewriting.changes.isEmpty, let file = rewriting.file() { bytes = file }
  }
}

/// The tiles of a TIFF as libtiff may see them. libtiff also reads entries that Pillow skips.
struct TIFFTiles {
  private let width: Int
  private let height: Int

  /// nil if the bytes are not a TIFF, or if it has no tiles.
  init?(_ bytes: [UInt8]) {
    guard let directory = TIFFDirectory(bytes[...]) else { return nil }
    let (width, height) = (directory.smallest(.tileWidth), directory.smallest(.tileLength))
    guard width != nil || height != nil else { return nil }
    (self.width, self.height) = (max(1, width ?? 1), max(1, height ?? 1))
  }

  /// libvips stores the tiles of a row in lists and searches them for every tile. A file of two kilobytes
  /// with 4096 tiles per row takes seconds, and more tiles take hours.
  private static let mostSteps = 1 << 25

  /// Whether libvips would take more than about two seconds only for its lists.
  func areTooMany(width imageWidth: Int, height imageHeight: Int) -> Bool {
    let (across, down) = ((imageWidth - 1) / width + 1, (imageHeight - 1) / height + 1)
    return across > Self.mostSteps / across / down
  }
}

/// TIFFs that libvips reads differently than Pillow, or not at all.
extension TIFFDirectory {
  /// The kind of TIFF for which libvips would give wrong pixels; nil if it gives the right ones, or fails.
  var misreadKind: String? {
    let compression = number(.compression) ?? 1
    switch number(.photometricInterpretation) {
    // The inks would be taken for red, green and blue.
    case 5 where number(.samplesPerPixel) ?? 1 < 4 || self[.inkSet] != nil && number(.inkSet) != 1:
      return "a TIFF of other inks than CMYK"
    // The channels would be taken for RGB, unless they are JPEG-compressed together.
    case 6 where compression != 7: return "a TIFF in YCbCr"
    case 6 where number(.planarConfiguration) == 2 && number(.samplesPerPixel) ?? 1 > 1:
      return "a TIFF in YCbCr of separate planes"
    case 3 where self[.colourMap]?.bytes.count != 6 << (number(.bitsPerSample) ?? 1):
      return "a TIFF whose palette is not of 2^bits colours"
    default: return nil
    }
  }

  /// The kind of TIFF on which libvips fails although the file is complete.
  var failingKind: String? {
    if number(.imageWidth) != nil, number(.photometricInterpretation) == nil {
      return "a TIFF that does not say what its samples mean"
    }
    let bits = number(.bitsPerSample) ?? 1
    if ![1, 2, 4, 8, 16, 32, 64].contains(bits) { return "a TIFF of \(bits) bits a sample" }
    let compression = number(.compression) ?? 1
    return Self.compressions.contains(compression) ? nil : "a TIFF of compression \(compression)"
  }

  /// The meaning of a channel other than the colours (TIFF 6.0, section 18).
  enum Extra: Int {
    case nothing = 0
    /// Alpha, with colours multiplied by it.
    case multiplied = 1
    case alpha = 2
  }

  /// nil if the file does not state it.
  var extra: Extra? { number(.extraSamples).flatMap(Extra.init) }

  private static let compressions: Set<Int> = [
    1, 2, 3, 4, 5, 6, 7, 8, 32771, 32773, 32809, 32946, 34676, 34677, 34925, 50000, 50001,
  ]
}
