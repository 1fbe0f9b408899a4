/// What stands before the pixels of a PNM file.
struct PNMHeader {
  let width: Int
  let height: Int
  /// 1 or 3.
  let channels: Int
  /// Text, not bytes.
  let isPlain: Bool
  /// The sample that means full brightness; nil where a pixel is one bit.
  let largest: Int?

  init(_ reader: inout PNMReader) throws(ImagingError) {
    let kind = try reader.kind()
    isPlain = kind <= 3
    channels = kind % 3 == 0 ? 3 : 1
    width = try reader.number()
    height = try reader.number()
    largest = kind % 3 == 1 ? nil : try reader.number()
    guard (1...65535).contains(largest ?? 1) else {
      throw reader.damaged("the greatest value is \(largest ?? 0), not 1 to 65535")
    }
  }

  func scale(_ largest: Int) -> PNMScale {
    PNMScale(largest: largest, bitsKept: channels == 1 && largest > 255 ? 16 : 8)
  }
}
