/// Shares of several samples in the same bins.
struct Histogram: Sendable {
  /// The bins' edges, ascending, one more than there are bins.
  let edges: [Double]
  /// `shares[s][b]`: the share of sample s that falls into bin b. Values that are not finite are in no bin.
  let shares: [[Double]]

  /// Whether the outermost bins hold values that lie beyond them.
  let isCut: Bool

  init(edges: [Double], shares: [[Double]]) {
    (self.edges, self.shares, isCut) = (edges, shares, false)
  }

  /// - Parameters:
  ///   - shown: a value that must lie within the edges, such as the threshold.
  ///   - binCount: bins of equal width over all finite values; a value on an edge falls into the upper one.
  init(_ samples: [[Float]], shown: Double? = nil, binCount: Int = 48) {
    let whole = ClosedRange<Double>(covering: samples.lazy.joined().lazy.map(Double.init))
    let domain = Self.bulk(of: samples, shown: shown, within: whole)
    isCut = domain != whole
    let width = (domain.upperBound - domain.lowerBound) / Double(binCount)
    edges = (0...binCount).map { $0 == binCount ? domain.upperBound : domain.lowerBound + Double($0) * width }
    shares = samples.map { sample in
      var counts = Array(repeating: 0, count: binCount)
      for value in sample where value.isFinite {
        let bin = Int((Double(value) - domain.lowerBound) / width)
        counts[min(max(bin, 0), binCount - 1)] += 1
      }
      return counts.map { sample.isEmpty ? 0 : Double($0) / Double(sample.count) }
    }
  }

  /// The range of all values but the outermost twentieth of each sample, where these would take most of the room: a
  /// distance has a few strangers far out, and everything else would stand in one bin.
  private static func bulk(
    of samples: [[Float]], shown: Double?, within whole: ClosedRange<Double>
  ) -> ClosedRange<Double> {
    let ends = samples.flatMap { sample -> [Double] in
      let sorted = sample.filter(\.isFinite).sorted()
      guard !sorted.isEmpty else { return [] }
      let cut = sorted.count / 20
      return [Double(sorted[cut]), Double(sorted[sorted.count - 1 - cut])]
    }
    let bulk = ClosedRange<Double>(covering: ends + [shown].compactMap { $0 })
    let isCrowded = (bulk.upperBound - bulk.lowerBound) < (whole.upperBound - whole.lowerBound) / 3
    return isCrowded ? bulk : whole
  }
}
