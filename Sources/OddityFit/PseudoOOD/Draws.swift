import OddityModel

/// Draws of pseudo-OOD kinds from their streams, other than numbers in [0, 1).
extension SplitMix64 {
  /// One of `0..<count`: `draw % count`.
  mutating func nextIndex(below count: Int) -> Int { Int(next() % UInt64(count)) }

  /// `length` neighbours of `0..<side`: the first one is `draw % (side − length + 1)`.
  mutating func nextInterval(of length: Int, in side: Int) -> Range<Int> {
    let start = nextIndex(below: side - length + 1)
    return start..<start + length
  }

  /// `lowest + u · (highest − lowest)`.
  mutating func nextNumber(from lowest: Double, to highest: Double) -> Double {
    lowest + nextUnit() * (highest - lowest)
  }
}
