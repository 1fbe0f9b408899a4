import Oddity

/// FeatureNorm by depth for ID images and for sets compared with them, as in the paper's figure.
struct NormFigures {
  /// The ID images and the sets: means at each block in units of the ID images' mean, with the band of the
  /// middle 80 %.
  private let measured: [Chart.Series]
  /// Sets of which only the means are known.
  private let meansOnly: [Chart.Series]
  private let labels: [String]

  /// - Parameters:
  ///   - inDistribution: the ID images' name, and their norms by block and image.
  ///   - sets: the names and norms of the other sets.
  ///   - meansOnly: the names of further sets, with their means in units of the ID images' mean; NaN if
  ///     unknown.
  ///   - labels: the names of the blocks.
  init(
    inDistribution: (name: String, norms: [[Float]]), sets: [(name: String, norms: [[Float]])],
    meansOnly: [(name: String, means: [Double])] = [], labels: [String]
  ) {
    let unit = inDistribution.norms.map { Spread($0).mean }
    func series(_ name: String, at position: Int, _ blocks: [Spread]) -> Chart.Series {
      let spreads = blocks.enumerated()
      return .init(
        name: name, style: SeriesStyle(index: position),
        points: spreads.map { Plot.Point(x: Double($0), y: $1.mean) },
        band: spreads.map { Plot.Extent(x: Double($0), lower: $1.lower, upper: $1.upper) },
        hasMarkers: labels.count <= 40)
    }
    measured = ([inDistribution] + sets).enumerated().map { position, set in
      series(set.name, at: position, zip(set.norms, unit).map { Spread($0).divided(by: $1) })
    }
    self.meansOnly = meansOnly.enumerated().map { position, set in
      series(
        set.name, at: 1 + sets.count + position,
        set.means.map { Spread(mean: $0, lower: .nan, upper: .nan) })
    }
    self.labels = labels
  }

  /// All sets in one chart. If there are several, each also has its own chart with its band.
  var figures: [Figure] {
    guard profiles.count > 2 else { return [overview] }
    return [overview] + measured.dropFirst().map(single)
  }

  private var profiles: [Chart.Series] { measured + meansOnly }

  private var overview: Figure {
    Figure(
      title: "FeatureNorm by depth",
      caption:
        "Mean FeatureNorm at each block, in units of the in-distribution mean, from the first block to the "
        + "last. A set below 1 has smaller norms than in-distribution images. A set above 1 looks "
        + "in-distribution at that block. The bands contain the middle 80 % of images.",
      chart: chart(profiles, banded: profiles.count > 2 ? 1 : 2, about: "all sets"), table: table)
  }

  private func single(_ set: Chart.Series) -> Figure {
    Figure(
      title: "FeatureNorm by depth: \(set.name)",
      caption: "The same chart, with bands for the middle 80 % of both sets.",
      chart: chart([measured[0], set], banded: 2, about: set.name))
  }

  /// - Parameter banded: how many of the first profiles have bands.
  private func chart(_ profiles: [Chart.Series], banded: Int, about subject: String) -> Chart {
    var series = profiles
    for position in profiles.indices.dropFirst(banded) { series[position].band = [] }
    let heights =
      series.flatMap { $0.points.map(\.y) } + series.flatMap { $0.band.flatMap { [$0.lower, $0.upper] } }
    return Chart(
      title: "FeatureNorm by depth, \(subject)",
      description: "FeatureNorm at \(labels.count) blocks in units of the in-distribution mean: "
        + profiles.map(\.name).joined(separator: ", ") + ".",
      horizontal: Axis("block", places: labels),
      vertical: Axis(
        "FeatureNorm / ID mean", domain: ClosedRange(covering: heights + [1], margin: 0.05)),
      series: series, reference: 1)
  }

  private var table: DataTable {
    let columns: [DataTable.Column<Int>] = profiles.map { profile in
      .number(profile.name) { block in
        guard profile.points.indices.contains(block) else { return Numbers.none }
        let band = profile.band[block]
        let quantiles = Figures.interval([band.lower, band.upper], 3)
        return Figures.decimal(profile.points[block].y, 3) + (band.lower.isNaN ? "" : " (\(quantiles))")
      }
    }
    return DataTable(
      "FeatureNorm in units of the in-distribution mean: mean (10 % to 90 % quantile)", labels.indices,
      [.text("block") { labels[$0] }] + columns)
  }
}

/// The distribution of a sample: its mean and the middle 80 %.
struct Spread: Sendable, Equatable {
  let mean: Double
  /// The 10 % and 90 % quantiles.
  let lower: Double
  let upper: Double

  /// The same in units of another sample's mean.
  func divided(by unit: Double) -> Spread {
    Spread(mean: mean / unit, lower: lower / unit, upper: upper / unit)
  }
}

extension Spread {
  /// Of the finite values; NaN if there are none.
  init(_ values: [Float]) {
    let sorted = values.filter(\.isFinite).sorted()
    self.init(
      mean: sorted.reduce(0) { $0 + Double($1) } / Double(sorted.count),
      lower: sorted.quantileOfSorted(0.1), upper: sorted.quantileOfSorted(0.9))
  }
}
