import Synchronization

/// The weights that turn a line of `input` samples into a line of `output` samples.
///
/// Output sample i lies at c = (i + ½)·scale, scale = input/output, and gathers the inputs j with
/// |j + ½ - c| below the filter's support, which grows with the scale when the image shrinks (so that it
/// does not alias). The weights of one output sum to one and are rounded to 22-bit fixed point, halves
/// away from zero: 8 bits of samples and 2 of head-room are left in 32.
final class ResamplingTable: Sendable {
  struct Key: Hashable, Sendable {
    var input: Int
    var output: Int
    var interpolation: Interpolation
  }

  static let precisionBits = 32 - 8 - 2

  /// For each output sample, the first input that it gathers.
  let starts: [Int]
  /// For each output sample, how many inputs it gathers, at most `width`.
  let counts: [Int]
  /// `width` weights for each output sample.
  let weights: [Int32]
  let width: Int

  init(_ key: Key) {
    let scale = Double(key.input) / Double(key.output)
    let stretch = max(scale, 1)
    let support = key.interpolation.support * stretch
    let width = Int(support.rounded(.up)) * 2 + 1
    var starts: [Int] = []
    var counts: [Int] = []
    var weights = [Int32](repeating: 0, count: width * key.output)
    // Pillow sums up the centres of the cells for nearest pixels, and multiplies for all other filters.
    // Rounding can make a difference.
    var summed = scale * 0.5
    for position in 0..<key.output {
      let centre = (Double(position) + 0.5) * scale
      let nearest = min(Int(summed), key.input - 1)
      summed += scale
      let isNearest = key.interpolation == .nearest
      let start = isNearest ? nearest : max(Int(centre - support + 0.5), 0)
      let end = isNearest ? nearest + 1 : min(Int(centre + support + 0.5), key.input)
      let line = Self.line(from: start, to: end, centre: centre, stretch: stretch, key.interpolation)
      weights.replaceSubrange(position * width..<position * width + line.count, with: line)
      starts.append(start)
      counts.append(line.count)
    }
    (self.starts, self.counts, self.weights, self.width) = (starts, counts, weights, width)
  }

  private static func line(
    from start: Int, to end: Int, centre: Double, stretch: Double, _ interpolation: Interpolation
  ) -> [Int32] {
    let inverse = 1 / stretch
    let raw = (start..<end).map { interpolation.weight(at: (Double($0) - centre + 0.5) * inverse) }
    let sum = raw.reduce(0, +)
    return raw.map { weight in
      let exact = (sum == 0 ? weight : weight / sum) * Double(1 << precisionBits)
      return Int32(exact < 0 ? exact - 0.5 : exact + 0.5)
    }
  }

  private static let cache = Mutex<[Key: ResamplingTable]>([:])
  private static let cacheCapacity = 512
  /// A table with more weights than this is not cached. Its image is so large that building the table does
  /// not matter.
  private static let largestCached = 1 << 16

  /// The table from a cache of the process, because sets of images have few sizes. The cache stays below 128
  /// MiB.
  static func cached(_ key: Key) -> ResamplingTable {
    if let table = cache.withLock({ $0[key] }) { return table }
    let table = ResamplingTable(key)
    guard table.weights.count <= largestCached else { return table }
    cache.withLock { tables in
      if tables.count >= cacheCapacity { tables.removeAll() }
      tables[key] = table
    }
    return table
  }
}
