/// A text chunk of a PNG whose keyword means something to Oddity, inflated.
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
    // Of the texts called "exif" Pillow can use those alone that are stored as they are.
    if keyword == .exif, !chunk.isCalled("tEXt") { return nil }
    (self.keyword, self.value) = (keyword, value)
  }

  private static func value(
    of chunk: PNGChunks.Chunk, behindKeyword rest: ArraySlice<UInt8>
  ) -> ArraySlice<UInt8>? {
    if chunk.isCalled("tEXt") { return rest }
    if chunk.isCalled("zTXt") { return rest.first == 0 ? inflated(rest.dropFirst()) : nil }
    guard chunk.isCalled("iTXt"), rest.count >= 2 else { return nil }
    // Behind the two bytes on compression: the language, and the keyword in it.
    let parts = rest.dropFirst(2).split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    if rest[rest.startIndex] == 0 { return parts[2] }
    return rest[rest.startIndex + 1] == 0 ? inflated(parts[2]) : nil
  }

  /// Pillow refuses texts that are larger once inflated.
  private static let largest = 1 << 20

  /// What a zlib stream holds, as far as it goes; nil where it is damaged or too large.
  private static func inflated(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let inflater = try? Inflater(.zlib) else { return nil }
    var isWhole = false
    let text = [UInt8](unsafeUninitializedCapacity: largest) { buffer, count in
      guard
        let step = bytes.withUnsafeBytes({
          inflater.inflate($0, into: UnsafeMutableRawBufferPointer(buffer))
        })
      else { return }
      count = step.written
      isWhole = step.step == .end || step.written < largest
    }
    return isWhole ? text[...] : nil
  }
}
