/// An image in the form in which its source holds it.
public enum EncodedImage: Sendable, Equatable {
  /// The path of an image file, not yet read.
  case file(String)
  /// The content of an image file.
  case bytes([UInt8], name: String)
  /// A row of an array of 8-bit samples.
  case pixels(PixelImage)
  /// float32 values, already preprocessed, in the model's own layout without the batch axis.
  case tensor([Float], shape: [Int])

  /// The content of an image file, for example from a server or a camera.
  ///
  /// - Parameter name: the name of the image in errors.
  public init(_ data: some Sequence<UInt8>, name: String = "the image") {
    self = .bytes(Array(data), name: name)
  }

  /// Reads and decodes the image. Of several frames or pages, it takes the first.
  ///
  /// - Returns: 8-bit pixels of 1, 3 or 4 channels. 16-bit samples are cut to their upper 8 bits, CMYK becomes
  ///   RGB as in Pillow, palettes are looked up. An array's float32 values come back as they are.
  /// - Throws: `ImagingError`: `unreadable`, `empty`, `notAnImage`, `truncated`, `corrupt`, `tooLarge`,
  ///   `unsupported`, or `decoderMissing`.
  public func decode(_ options: DecodingOptions = DecodingOptions()) throws(ImagingError) -> DecodedImage {
    switch self {
    case .file: try loaded().decode(options)
    case .bytes(let bytes, let name):
      .pixels(try ImageDecoder.decode(ImageFile(bytes: bytes, name: name, options: options)))
    case .pixels(let image): .pixels(image)
    case .tensor(let values, let shape): .tensor(values, shape: shape)
    }
  }

  /// The name in errors; nil for a row of an array.
  package var name: String? {
    switch self {
    case .file(let name), .bytes(_, let name): name
    case .pixels, .tensor: nil
    }
  }

  /// Whether it holds preprocessed values instead of a picture.
  package var isTensor: Bool {
    if case .tensor = self { true } else { false }
  }

  /// Whether all values are finite. Only an array of floating-point values may hold others.
  package var isFinite: Bool {
    guard case .tensor(let values, _) = self else { return true }
    return values.allSatisfy(\.isFinite)
  }

  /// The same image with the content of its file read, for use more than once.
  ///
  /// - Throws: `unreadable`.
  package func loaded() throws(ImagingError) -> EncodedImage {
    guard case .file(let path) = self else { return self }
    return .bytes(try FileBytes.read(path), name: path)
  }

  /// The 64-bit FNV-1a hash of the encoded bytes, or of an array's values: tells whether two sources hold
  /// the same image.
  ///
  /// - Throws: `unreadable`.
  package func contentHash() throws(ImagingError) -> UInt64 {
    switch self {
    case .file: try loaded().contentHash()
    case .bytes(let bytes, _): FNV1a.hash(bytes)
    case .pixels(let image): FNV1a.hash(image.pixels)
    case .tensor(let values, _): FNV1a.hash(values)
    }
  }
}

/// An image that is ready for preprocessing.
public enum DecodedImage: Sendable, Equatable {
  case pixels(PixelImage)
  /// Already preprocessed: the values and their shape, [C, H, W] or [H, W, C].
  case tensor([Float], shape: [Int])
}
