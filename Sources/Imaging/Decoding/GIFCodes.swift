/// Lempel–Ziv–Welch codes of growing length, as GIF packs them (GIF89a specification, appendix F).
struct GIFCodes {
  private static let mostCodes = 4096
  private static let mostBits = 12

  private let bytes: [UInt8]
  private let smallestBits: Int
  /// Whether a code stood where it cannot.
  private(set) var isDamaged = false

  init(_ bytes: [UInt8], smallestCodeBits: Int) {
    (self.bytes, smallestBits) = (bytes, smallestCodeBits)
  }

  /// Nil where a code cannot be right, or where there are too few.
  mutating func decode(count: Int) -> [UInt8]? {
    guard smallestBits <= Self.mostBits - 1 else {
      isDamaged = true
      return nil
    }
    var table = Table(clear: 1 << smallestBits)
    var output = [UInt8](repeating: 0, count: count)
    var written = 0
    var bits = 0
    var bitCount = 0
    for byte in bytes {
      bits |= Int(byte) << bitCount
      bitCount += 8
      while bitCount >= table.codeBits {
        let code = bits & (1 << table.codeBits - 1)
        bits >>= table.codeBits
        bitCount -= table.codeBits
        if code == table.clear + 1 { return written == count ? output : nil }
        guard let length = table.take(code) else {
          isDamaged = true
          return nil
        }
        table.write(length, to: &output, at: written)
        written += length
        if written >= count { return output }
      }
    }
    return nil
  }

  /// The strings that codes stand for, each another one and a byte more.
  private struct Table {
    let clear: Int
    private var prefixes = [Int](repeating: 0, count: mostCodes)
    private var lasts = [UInt8](repeating: 0, count: mostCodes)
    private var lengths = [Int](repeating: 1, count: mostCodes)
    private var count = 0
    private var previous: Int?
    /// The string that was taken last: its code, or the code before and whether its first byte is repeated.
    private var current = 0
    private(set) var codeBits = 0

    init(clear: Int) {
      self.clear = clear
      for code in 0..<min(clear, mostCodes) { lasts[code] = UInt8(truncatingIfNeeded: code) }
      reset()
    }

    private mutating func reset() {
      count = clear + 2
      codeBits = clear.trailingZeroBitCount + 1
      previous = nil
    }

    /// The length of the string that a code stands for, 0 for the clear code; nil where no such string is.
    mutating func take(_ code: Int) -> Int? {
      if code == clear {
        reset()
        return 0
      }
      guard let before = previous else {
        guard code < clear else { return nil }
        (previous, current) = (code, code)
        return 1
      }
      guard code <= count, code < mostCodes else { return nil }
      if count < mostCodes {
        prefixes[count] = before
        lengths[count] = lengths[before] + 1
        lasts[count] = first(of: code == count ? before : code)
        if count == 1 << codeBits - 1, codeBits < mostBits { codeBits += 1 }
        count += 1
      } else if code == count {
        return nil
      }
      (previous, current) = (code, code)
      return lengths[code]
    }

    private func first(of code: Int) -> UInt8 {
      var code = code
      while code >= clear { code = prefixes[code] }
      return lasts[code]
    }

    /// Writes the string that was taken last, as far as there is room.
    func write(_ length: Int, to output: inout [UInt8], at start: Int) {
      var code = current
      for offset in (0..<length).reversed() {
        if start + offset < output.count { output[start + offset] = lasts[code] }
        code = prefixes[code]
      }
    }
  }
}
