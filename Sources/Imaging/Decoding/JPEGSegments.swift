/// The marker segments of a JPEG file up to the first scan (ITU-T T.81, annex B), as far as Oddity reads them
/// itself.
///
/// Like libjpeg and Pillow, it skips bytes between segments that belong to none.
struct JPEGSegments: Sequence, IteratorProtocol {
  struct Segment {
    let marker: UInt8
    /// The range of the content in the file, without marker and length. For the first scan, the range of its
    /// header.
    let content: Range<Int>
  }

  private let bytes: [UInt8]
  private var position: Int

  init(_ bytes: [UInt8]) { self.init(bytes, from: 2) }

  private init(_ bytes: [UInt8], from position: Int) { (self.bytes, self.position) = (bytes, position) }

  /// The next segment; nil after the first scan's header and at the end of the file.
  mutating func next() -> Segment? {
    while position + 1 < bytes.count {
      guard bytes[position] == 0xff else {
        position = bytes[position...].firstIndex(of: 0xff) ?? bytes.count
        continue
      }
      let marker = bytes[position + 1]
      guard marker != 0, marker != 0xff else {
        position += 1
        continue
      }
      position += 2
      // Bytes after the end marker do not belong to the image.
      if marker == Marker.endOfImage { position = bytes.count }
      if Marker.haveNoContent(marker) { continue }
      guard position + 2 <= bytes.count else { return nil }
      let length = bytes[position..<position + 2].bigEndian
      let start = position + 2
      let end = Swift.max(start, position + length)
      guard end <= bytes.count else { return nil }
      position = marker == Marker.startOfScan ? bytes.count : end
      return Segment(marker: marker, content: start..<end)
    }
    return nil
  }

  enum Marker {
    static let startOfScan: UInt8 = 0xda
    static let endOfImage: UInt8 = 0xd9
    static let app1: UInt8 = 0xe1
    /// The marker of JPEG-LS, which is a different format.
    static let startOfFrameLS: UInt8 = 0xf7

    /// SOF0 to SOF15, without DHT, JPG and DAC.
    static func isStartOfFrame(_ marker: UInt8) -> Bool {
      (0xc0...0xcf).contains(marker) && ![0xc4, 0xc8, 0xcc].contains(marker)
    }

    static func isProgressive(_ marker: UInt8) -> Bool { marker == 0xc2 || marker == 0xca }

    /// TEM, restarts, starts and ends.
    static func haveNoContent(_ marker: UInt8) -> Bool { marker == 1 || (0xd0...0xd9).contains(marker) }
  }

  /// EXIF joined from all its segments, and the last packet of XMP.
  static func metadata(of bytes: [UInt8]) -> ImageMetadata {
    var metadata = ImageMetadata()
    for segment in JPEGSegments(bytes) where segment.marker == Marker.app1 {
      let content = bytes[segment.content]
      if content.starts(with: ImageMetadata.exifPrefix) {
        metadata.exif =
          metadata.exif.map { $0 + content.dropFirst(ImageMetadata.exifPrefix.count) } ?? content
      } else if content.starts(with: xmpPrefix) {
        metadata.xmp = content.dropFirst(xmpPrefix.count)
      }
    }
    return metadata
  }

  private static let xmpPrefix = Array("http://ns.adobe.com/xap/1.0/\0".utf8)

  /// Whether an end-of-image marker follows the first scan's header.
  static func hasEnd(_ bytes: [UInt8]) -> Bool {
    guard let scan = JPEGSegments(bytes).first(where: { $0.marker == Marker.startOfScan }) else {
      return false
    }
    let data = bytes[scan.content.upperBound...]
    return zip(data, data.dropFirst()).contains { $0 == 0xff && $1 == Marker.endOfImage }
  }

  /// The kind of a JPEG file that libjpeg-turbo or Pillow does not read; nil if both read it.
  static func unreadKind(of bytes: [UInt8]) -> String? {
    for segment in JPEGSegments(bytes) {
      if segment.marker == Marker.startOfFrameLS { return "a JPEG-LS image" }
      guard Marker.isStartOfFrame(segment.marker), segment.content.count >= 6 else { continue }
      if let process = process(segment.marker) { return process }
      let bits = bytes[segment.content.lowerBound]
      if bits != 8 { return "a JPEG of \(bits) bits a sample" }
      let components = bytes[segment.content.lowerBound + 5]
      return [1, 3, 4].contains(components) ? nil : "a JPEG of \(components) components"
    }
    return nil
  }

  /// Whether a progressive JPEG ends before its last scans. libjpeg then smooths between the blocks,
  /// differently in each of its versions.
  static func lacksScans(_ bytes: [UInt8]) -> Bool {
    var components = 0
    var exact: [UInt8: UInt16] = [:]
    var segments = JPEGSegments(bytes)
    while let segment = segments.next() {
      if Marker.isStartOfFrame(segment.marker) {
        guard Marker.isProgressive(segment.marker), segment.content.count >= 6 else { return false }
        components = Int(bytes[segment.content.lowerBound + 5])
      } else if segment.marker == Marker.startOfScan {
        note(bytes[segment.content], in: &exact)
        segments = JPEGSegments(bytes, from: segment.content.upperBound)
      }
    }
    return exact.count < components || exact.values.contains { $0 != smoothed }
  }

  /// The coefficients, in zigzag order (T.81), that libjpeg smooths if they are not exactly known, one bit
  /// for each.
  private static let smoothed: UInt16 = (1 << 10) - 1

  /// Records for each component the coefficients that a scan completes (T.81, B.2.3).
  private static func note(_ header: ArraySlice<UInt8>, in exact: inout [UInt8: UInt16]) {
    let start = header.startIndex
    guard let count = header.first.map(Int.init), header.count >= 4 + 2 * count else { return }
    let selection = start + 1 + 2 * count
    var given: UInt16 = 0
    for coefficient in 0..<10
    where (header[selection]...Swift.max(header[selection], header[selection + 1])).contains(
      UInt8(coefficient))
    {
      given |= 1 << UInt16(coefficient)
    }
    let isExact = header[selection + 2] & 15 == 0
    for component in 0..<count {
      let known = exact[header[start + 1 + 2 * component], default: 0]
      exact[header[start + 1 + 2 * component]] = isExact ? known | given : known & ~given
    }
  }

  private static func process(_ marker: UInt8) -> String? {
    switch marker {
    case 0xc3, 0xcb: "a lossless JPEG"
    case 0xc5...0xc7, 0xcd...0xcf: "a hierarchical JPEG"
    default: nil
    }
  }
}
