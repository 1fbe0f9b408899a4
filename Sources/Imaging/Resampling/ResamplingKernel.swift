/// The inner loops of the resampler: sums of 8-bit samples times 22-bit weights, in 32 bits, rounded once.
enum ResamplingKernel {
  private static let half = Int32(1) << Int32(ResamplingTable.precisionBits - 1)

  @inline(__always)
  private static func sample(_ sum: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: max(0, min(255, sum >> Int32(ResamplingTable.precisionBits))))
  }

  /// Computes outputs at `positions` of one line of an image, with `table` applied along it.
  ///
  /// - Parameter origin: the position in the whole line of the first pixel that `source` holds.
  static func row(
    _ source: UnsafeBufferPointer<UInt8>, from origin: Int, into target: UnsafeMutableBufferPointer<UInt8>,
    positions: Range<Int>, table: ResamplingTable, channels: Int
  ) {
    table.weights.withUnsafeBufferPointer { weights in
      for (place, position) in positions.enumerated() {
        let line = UnsafeBufferPointer(
          rebasing: weights[position * table.width..<(position + 1) * table.width])
        let first = (table.starts[position] - origin) * channels
        let count = table.counts[position]
        if channels == 3 {
          threeChannels(source, first, line, count, into: target, at: place * 3)
        } else {
          for channel in 0..<channels {
            var sum = half
            for tap in 0..<count {
              sum &+= Int32(source[first &+ tap &* channels &+ channel]) &* line[tap]
            }
            target[place &* channels &+ channel] = sample(sum)
          }
        }
      }
    }
  }

  @inline(__always)
  private static func threeChannels(
    _ source: UnsafeBufferPointer<UInt8>, _ first: Int, _ line: UnsafeBufferPointer<Int32>, _ count: Int,
    into target: UnsafeMutableBufferPointer<UInt8>, at position: Int
  ) {
    var (red, green, blue) = (half, half, half)
    var index = first
    for tap in 0..<count {
      let weight = line[tap]
      red &+= Int32(source[index]) &* weight
      green &+= Int32(source[index &+ 1]) &* weight
      blue &+= Int32(source[index &+ 2]) &* weight
      index &+= 3
    }
    target[position] = sample(red)
    target[position &+ 1] = sample(green)
    target[position &+ 2] = sample(blue)
  }

  /// Computes output line `position` of an image, with `table` applied across its lines.
  ///
  /// - Parameters:
  ///   - first: the position in `source` of the first sample of the first line that the output uses.
  ///   - stride: the distance from one line to the next in samples. Of each line, `target.count` samples are
  ///     used.
  static func column(
    _ source: UnsafeBufferPointer<UInt8>, from first: Int, stride: Int,
    into target: UnsafeMutableBufferPointer<UInt8>, table: ResamplingTable, position: Int,
    sums: UnsafeMutableBufferPointer<Int32>
  ) {
    let rowBytes = target.count
    sums.update(repeating: half)
    for tap in 0..<table.counts[position] {
      let weight = table.weights[position * table.width + tap]
      let start = first + tap * stride
      for index in 0..<rowBytes { sums[index] &+= Int32(source[start &+ index]) &* weight }
    }
    for index in 0..<rowBytes { target[index] = sample(sums[index]) }
  }
}
