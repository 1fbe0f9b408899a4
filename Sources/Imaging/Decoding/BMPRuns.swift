/// The run lengths of a bitmap of 8 or 4 bits a pixel (Microsoft, "Bitmap Compression"), as Pillow reads them.
struct BMPRuns {
  private let bytes: [UInt8]
  private var position: Int
  private let isNibbles: Bool

  init(_ bytes: [UInt8], from position: Int, isNibbles: Bool) {
    (self.bytes, self.position, self.isNibbles) = (bytes, position, isNibbles)
  }

  /// The pixels' places in the palette, in the file's order of rows; nil where the runs end early.
  mutating func indices(width: Int, height: Int) -> [UInt8]? {
    let count = width * height
    var indices: [UInt8] = []
    indices.reserveCapacity(min(count, 64 * bytes.count))
    var x = 0
    while indices.count < count, let first = next(), let second = next() {
      if first > 0 {
        // What goes beyond the row is left out.
        let length = min(Int(first), max(0, width - x))
        indices += (0..<length).map { sample(second, $0) }
        x += length
        continue
      }
      switch second {
      case 0:
        indices += repeatElement(0, count: (width - indices.count % width) % width)
        x = 0
      case 1: return nil
      case 2:
        guard let right = next(), let up = next() else { return nil }
        indices += repeatElement(0, count: min(count - indices.count, Int(right) + Int(up) * width))
        x = indices.count % width
      default:
        guard takeLiterally(min(count - indices.count, Int(second)), to: &indices) else { return nil }
        x += Int(second)
      }
    }
    return indices.count < count ? nil : Array(indices.prefix(count))
  }

  /// So many pixels that are no run; false where the file ends before.
  private mutating func takeLiterally(_ count: Int, to indices: inout [UInt8]) -> Bool {
    let length = isNibbles ? (count + 1) / 2 : count
    guard position <= bytes.count - length else { return false }
    for number in 0..<count {
      indices.append(sample(bytes[position + (isNibbles ? number / 2 : number)], number))
    }
    position += length
    // To a whole number of 16-bit words.
    position += position % 2
    return true
  }

  /// The pixel at a place in a run whose byte holds one or two.
  private func sample(_ byte: UInt8, _ number: Int) -> UInt8 {
    guard isNibbles else { return byte }
    return number % 2 == 0 ? byte >> 4 : byte & 15
  }

  private mutating func next() -> UInt8? {
    guard position >= 0, position < bytes.count else { return nil }
    defer { position += 1 }
    return bytes[position]
  }
}
