/// What libvips makes of a TIFF otherwise than Pillow, or not at all.
struct TIFFKinds {
  private let directory: TIFFDirectory

  /// Nil where the bytes are no TIFF.
  init?(_ bytes: [UInt8]) {
    guard let directory = TIFFDirectory(bytes[...]) else { return nil }
    self.directory = directory
  }

  /// A kind of which libvips would give wrong pixels; nil where it gives the right ones, or fails.
  var misreadKind: String? {
    let compression = self[.compression] ?? 1
    switch self[.photometricInterpretation] {
    // The channels come out as if they were RGB, unless they are JPEG-compressed all together.
    case 6 where compression != 7: return "a TIFF in YCbCr"
    case 6 where self[.planarConfiguration] == 2 && self[.samplesPerPixel] ?? 1 > 1:
      return "a TIFF in YCbCr of separate planes"
    case 3 where paletteBytes != 6 << (self[.bitsPerSample] ?? 1):
      return "a TIFF whose palette is not of 2^bits colours"
    default: return nil
    }
  }

  /// A kind that libvips fails on though the file is whole.
  var failingKind: String? {
    if self[.imageWidth] != nil, self[.photometricInterpretation] == nil {
      return "a TIFF that does not say what its samples mean"
    }
    let bits = self[.bitsPerSample] ?? 1
    if ![1, 2, 4, 8, 16, 32, 64].contains(bits) { return "a TIFF of \(bits) bits a sample" }
    let compression = self[.compression] ?? 1
    return Self.compressions.contains(compression) ? nil : "a TIFF of compression \(compression)"
  }

  /// What a channel beside the colours means (TIFF 6.0, section 18).
  enum Extra: Int {
    case nothing = 0
    /// Alpha, and the colours are multiplied by it.
    case multiplied = 1
    case alpha = 2
  }

  /// Nil where the file does not say.
  var extra: Extra? { self[.extraSamples].flatMap(Extra.init) }

  private static let compressions: Set<Int> = [
    1, 2, 3, 4, 5, 6, 7, 8, 32771, 32773, 32809, 32946, 34676, 34677, 34925, 50000, 50001,
  ]

  private var paletteBytes: Int? { directory[.colourMap]?.bytes.count }

  private subscript(tag: TIFFDirectory.Tag) -> Int? { directory.number(tag) }

}
