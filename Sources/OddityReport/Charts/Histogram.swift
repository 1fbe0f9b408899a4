/// Shares of several samples in the same bins.
struct Histogram: Sendable {
  /// The edges of the bins in ascending order, one more than there are bins.
  let edges: [Double]
  /// `shares[s][b]` is the share of sample s in bin b. Values that are not finite are in no bin.
  let shares: [[Double]]

  /// Whether the outermost bins also hold values beyond them.
  var isCut = false
}

extension Histogram {
  /// - Parameters:
  ///   - shown: a value that must be within the edges, such as the threshold.
  ///   - binCount: the number of bins of equal width over all finite values. A value on an edge falls into
  ///     the upper bin.
  init(_ samples: [[Float]], shown: Double? = nil, binCount: Int = 48) {
    let whole = ClosedRange<Double>(covering: samples.lazy.joined().lazy.map(Double.init))
    let domain = Self.bulk(of: samples, shown: shown, within: whole)
    let width = (domain.upperBound - domain.lowerBound) / Double(binCount)
    let edges = (0...binCount).map {
      $0 == binCount ? domain.upperBound : domain.lowerBound + Double($0) * width
    }
    let shares = samples.map { sample in
      var counts = Array(repeating: 0, count: binCount)
      for value in sample where value.isFinite {
        let bin = Int((Double(value) - domain.lowerBound) / width)
        counts[min(max(bin, 0), binCount - 1)] += 1
      }
      return counts.map { sample.isEmpty ? 0 : Double($0) / Double(sample.count) }
    }
    self.init(edges: edges, shares: shares, isCut: domain != whole)
  }

  /// The range of all values without the outermost twentieth of each sample, if these would take most of the
  /// room. A distance has a few extreme values, and everything else would fall into one bin.
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

  /// The shares as a chart.
  ///
  /// - Parameters:
  ///   - value: what the bins measure.
  ///   - legend: the name of each sample, with a remark.
  ///   - threshold: the value that separates outliers from the rest.
  ///   - reference: a level to compare shares with.
  func chart(
    _ title: String, _ description: String, of value: String, legend: [(name: String, value: String?)],
    threshold: Double? = nil, reference: Double? = nil
  ) -> Chart {
    let highest = max(shares.joined().max() ?? 0, reference ?? 0)
    let series = zip(shares, legend).enumerated().map { position, sample in
      // The two corners at the top of every bin.
      let tops = sample.0.enumerated().flatMap { bin, share in
        edges[bin...bin + 1].map { Plot.Extent(x: $0, lower: 0, upper: share) }
      }
      return Chart.Series(
        name: sample.1.name, style: SeriesStyle(index: position),
        points: tops.map { .init(x: $0.x, y: $0.upper) }, band: tops, value: sample.1.value)
    }
    return Chart(
      title: title, description: description,
      horizontal: Axis(value, domain: edges[0]...edges[edges.count - 1]),
      vertical: Axis("share of the set", domain: 0...(highest > 0 ? highest * 1.05 : 1)), series: series,
      reference: reference, marked: threshold.map { ($0, "threshold") })
  }
}
