/// The chunks of a PNG file (ISO/IEC 15948, section 5), as far as Oddity reads them itself.
struct PNGChunks: Sequence, IteratorProtocol {
  struct Chunk {
    let name: ArraySlice<UInt8>
    let content: ArraySlice<UInt8>

    func isCalled(_ name: String) -> Bool { self.name.elementsEqual(name.utf8) }
  }

  private let bytes: [UInt8]
  private let takesUnfinished: Bool
  private var position = 8

  /// - Parameter takesUnfinished: whether a last chunk counts if the file ends within it.
  init(_ bytes: [UInt8], takesUnfinished: Bool = false) {
    (self.bytes, self.takesUnfinished) = (bytes, takesUnfinished)
  }

  /// The next chunk; nil after the last one.
  mutating func next() -> Chunk? {
    guard position + 8 <= bytes.count else { return nil }
    let start = position + 8
    let declared = bytes[position..<position + 4].bigEndian
    let size = takesUnfinished ? Swift.min(declared, bytes.count - start) : declared
    guard size <= bytes.count - start else { return nil }
    position = start + size + 4
    return Chunk(name: bytes[start - 4..<start], content: bytes[start..<start + size])
  }

  /// The content that Pillow keeps of chunks that may hold the orientation, wherever they are. Of several,
  /// the last one counts.
  static func metadata(of bytes: [UInt8]) -> ImageMetadata {
    var metadata = ImageMetadata()
    var rawProfile: ArraySlice<UInt8>?
    var (hasPixels, isAnimated) = (false, false)
    for chunk in PNGChunks(bytes) {
      // Pillow reads no further for the first image.
      if chunk.isCalled("IEND") || hasPixels && isAnimated && chunk.isCalled("fcTL") { break }
      hasPixels = hasPixels || chunk.isCalled("IDAT")
      isAnimated = isAnimated || chunk.isCalled("acTL")
      if chunk.isCalled("eXIf") { metadata.exif = chunk.content }
      guard let text = PNGText(chunk) else { continue }
      switch text.keyword {
      case .exif: metadata.exif = text.value
      case .rawProfile: rawProfile = text.value
      case .xmp: metadata.xmp = text.value
      }
    }
    metadata.exif = metadata.exif ?? rawProfile.flatMap(Self.bytes(ofRawProfile:))
    return metadata
  }

  /// ImageMagick's text form of a profile: three lines with name and length, then hexadecimal digits.
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

/// A text chunk of a PNG whose keyword Oddity uses, decompressed.
struct PNGText {
  enum Keyword: String, CaseIterable {
    case exif
    case rawProfile = "Raw profile type exif"
    case xmp = "XML:com.adobe.xmp"
  }

  let keyword: Keyword
  let value: ArraySlice<UInt8>

  init?(_ chunk: PNGChunks.Chunk) {
    guard chunk.name.last == UInt8(ascii: "t"), chunk.name.dropFirst().first != UInt8(ascii: "D") else {
      return nil
    }
    let parts = chunk.content.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2,
      let keyword = Keyword.allCases.first(where: { parts[0].elementsEqual($0.rawValue.utf8) }),
      let value = Self.value(of: chunk, behindKeyword: parts[1])
    else { return nil }
    // Pillow can use texts called "exif" only if they are stored uncompressed.
    if keyword == .exif, !chunk.isCalled("tEXt") { return nil }
    (self.keyword, self.value) = (keyword, value)
  }

  private static func value(
    of chunk: PNGChunks.Chunk, behindKeyword rest: ArraySlice<UInt8>
  ) -> ArraySlice<UInt8>? {
    if chunk.isCalled("tEXt") { return rest }
    if chunk.isCalled("zTXt") { return rest.first == 0 ? inflated(rest.dropFirst()) : nil }
    guard chunk.isCalled("iTXt"), rest.count >= 2 else { return nil }
    // The two bytes on compression are followed by the language and the translated keyword.
    let parts = rest.dropFirst(2).split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    if rest[rest.startIndex] == 0 { return parts[2] }
    return rest[rest.startIndex + 1] == 0 ? inflated(parts[2]) : nil
  }

  /// Pillow refuses texts that are larger after decompression.
  private static let largest = 1 << 20

  /// The content of a zlib stream, as far as it goes; nil if it is damaged or too large.
  private static func inflated(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let inflater = try? Inflater(.zlib) else { return nil }
    let (text, step) = [UInt8].filled(count: largest) { output in
      bytes.withUnsafeBytes { inflater.inflate($0, into: UnsafeMutableRawBufferPointer(output)) }
    }
    guard let step = step ?? nil, step.isAtEnd || step.written < largest else { return nil }
    return text.prefix(step.written)
  }
}
