/// Lempel–Ziv–Welch codes of growing length, as in GIF (GIF89a specification, appendix F).
///
/// Every string of a code was already written, so the table stores its position in the output.
struct GIFCodes {
  private static let mostCodes = 4096
  private static let mostBits = 12

  private let bytes: [UInt8]
  /// Codes below are bytes. This one clears the table, and the next one ends the image.
  private let clear: Int
  private var starts = [Int](repeating: 0, count: mostCodes)
  private var lengths = [Int](repeating: 1, count: mostCodes)
  private var count = 0
  private var codeBits = 0
  /// The start and length of the last written string. The length is 0 after a clear code.
  private var previous = (start: 0, length: 0)
  /// Whether an impossible code occurred.
  private(set) var isDamaged = false

  init(_ bytes: [UInt8], smallestCodeBits: Int) {
    self.bytes = bytes
    isDamaged = smallestCodeBits >= Self.mostBits
    clear = 1 << min(smallestCodeBits, Self.mostBits - 1)
    reset()
  }

  private mutating func reset() {
    count = clear + 2
    codeBits = clear.trailingZeroBitCount + 1
    previous.length = 0
  }

  /// nil if a code is invalid, or if there are too few codes.
  mutating func decode(count pixels: Int) -> [UInt8]? {
    let (output, isWhole) = [UInt8].filled(count: pixels) { output in
      output.initialize(repeating: 0)
      return decode(into: output)
    }
    return isWhole == true ? output : nil
  }

  private mutating func decode(into output: UnsafeMutableBufferPointer<UInt8>) -> Bool {
    guard !isDamaged else { return false }
    var (written, bits, bitCount) = (0, 0, 0)
    for byte in bytes {
      bits |= Int(byte) << bitCount
      bitCount += 8
      while bitCount >= codeBits {
        let code = bits & (1 << codeBits - 1)
        bits >>= codeBits
        bitCount -= codeBits
        if code == clear + 1 { return written == output.count }
        if code == clear {
          reset()
          continue
        }
        guard let length = write(code, to: output, at: written) else {
          isDamaged = true
          return false
        }
        written += length
        if written >= output.count { return true }
      }
    }
    return false
  }

  /// Writes the string of a code, as far as there is room, and adds the previous string plus one byte to the
  /// table; nil if the code is not yet defined.
  private mutating func write(
    _ code: Int, to output: UnsafeMutableBufferPointer<UInt8>, at place: Int
  ) -> Int? {
    guard code < (previous.length == 0 ? clear : count + 1), code < Self.mostCodes else { return nil }
    if previous.length > 0, count < Self.mostCodes {
      (starts[count], lengths[count]) = (previous.start, previous.length + 1)
      if count == 1 << codeBits - 1, codeBits < Self.mostBits { codeBits += 1 }
      count += 1
    }
    let length = code < clear ? 1 : lengths[code]
    if code < clear {
      output[place] = UInt8(truncatingIfNeeded: code)
    } else {
      // Copied byte by byte, because the string may end with the byte that it writes first.
      let start = starts[code]
      for offset in 0..<min(length, output.count - place) { output[place + offset] = output[start + offset] }
    }
    previous = (place, length)
    return length
  }
}
