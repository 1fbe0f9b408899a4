/// The chunks of a PNG file (ISO/IEC 15948, section 5), as far as Oddity looks into them itself.
struct PNGChunks: Sequence, IteratorProtocol {
  struct Chunk {
    let name: ArraySlice<UInt8>
    let content: ArraySlice<UInt8>

    func isCalled(_ name: StaticString) -> Bool {
      self.name.elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }
  }

  private let bytes: [UInt8]
  private let takesUnfinished: Bool
  private var position = 8

  /// - Parameter takesUnfinished: whether a last chunk that the file ends within counts, with what there is of it.
  init(_ bytes: [UInt8], takesUnfinished: Bool = false) {
    (self.bytes, self.takesUnfinished) = (bytes, takesUnfinished)
  }

  /// The next chunk; nil behind the last.
  mutating func next() -> Chunk? {
    guard position + 8 <= bytes.count else { return nil }
    let start = position + 8
    let declared = Int(bytes[position..<position + 4].unsigned(isLittleEndian: false))
    let size = takesUnfinished ? Swift.min(declared, bytes.count - start) : declared
    guard size <= bytes.count - start else { return nil }
    position = start + size + 4
    return Chunk(name: bytes[start - 4..<start], content: bytes[start..<start + size])
  }
}

extension PNGChunks {
  /// What Pillow keeps of the chunks that may tell the orientation, wherever they stand; of several the last.
  static func metadata(of bytes: [UInt8]) -> ImageMetadata {
    var finder = Finder()
    for chunk in PNGChunks(bytes) where !finder.take(chunk) { break }
    return finder.metadata
  }

  private struct Finder {
    private var exif: ArraySlice<UInt8>?
    private var rawProfile: ArraySlice<UInt8>?
    private var xmp: ArraySlice<UInt8>?
    private var hasPixels = false
    private var isAnimated = false

    var metadata: ImageMetadata {
      var metadata = ImageMetadata()
      metadata.exif = exif ?? rawProfile.flatMap(Self.bytes)
      metadata.xmp = xmp
      return metadata
    }

    /// False where Pillow reads no further for the first image.
    mutating func take(_ chunk: Chunk) -> Bool {
      if chunk.isCalled("IEND") || hasPixels && isAnimated && chunk.isCalled("fcTL") { return false }
      if chunk.isCalled("IDAT") {
        hasPixels = true
      } else if chunk.isCalled("acTL") {
        isAnimated = true
      } else if chunk.isCalled("eXIf") {
        exif = chunk.content
      } else if let text = PNGText(chunk) {
        take(text)
      }
      return true
    }

    private mutating func take(_ text: PNGText) {
      switch text.keyword {
      case .exif: exif = text.value
      case .rawProfile: rawProfile = text.value
      case .xmp: xmp = text.value
      }
    }

    /// ImageMagick's text of a profile: three lines of name and length, then hexadecimal digits.
    private static func bytes(ofRawProfile text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
      let lines = text.split(
        separator: UInt8(ascii: "\n"), maxSplits: 3, omittingEmptySubsequences: false)
      guard lines.count == 4 else { return nil }
      var digits: [UInt8] = []
      for character in lines[3] where !(9...13).contains(character) && character != 32 {
        guard let digit = Character(UnicodeScalar(character)).hexDigitValue else { return nil }
        digits.append(UInt8(digit))
      }
      return stride(from: 0, to: digits.count - digits.count % 2, by: 2).map {
        digits[$0] << 4 | digits[$0 + 1]
      }[...]
    }
  }
}
