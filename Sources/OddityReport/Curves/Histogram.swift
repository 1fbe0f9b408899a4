/// Shares of several samples in the same bins.
struct Histogram: Sendable {
  /// The bins' edges, ascending, one more than there are bins.
  let edges: [Double]
  /// `shares[s][b]`: the share of sample s that falls into bin b. Values that are not finite are in no bin.
  let shares: [[Double]]

  /// - Parameter binCount: bins of equal width over all finite values; a value on an edge falls into the upper one.
  init(_ samples: [[Float]], binCount: Int = 48) {
    let domain = ClosedRange<Double>(covering: samples.lazy.joined().lazy.map(Double.init))
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
}
