import Oddity

/// FeatureNorm by depth of ID images and of sets compared with them: the paper's figure.
struct NormFigures {
  private let inDistribution: NormProfile
  private let sets: [NormProfile]
  /// Sets of which only the means are known.
  private let meansOnly: [NormProfile]
  private let labels: [String]

  /// - Parameters:
  ///   - inDistribution: the ID images' name, and their norms by block and image.
  ///   - sets: the same of the others.
  ///   - meansOnly: names of further sets, with their means in units of the ID images' mean.
  ///   - labels: the blocks' names.
  init(
    inDistribution: (name: String, norms: [[Float]]), sets: [(name: String, norms: [[Float]])],
    meansOnly: [(name: String, means: [Double])] = [], labels: [String]
  ) {
    let unit = NormProfile.means(inDistribution.norms)
    self.inDistribution = NormProfile(
      name: inDistribution.name, style: .inDistribution, norms: inDistribution.norms, unit: unit)
    self.sets = sets.enumerated().map { position, set in
      NormProfile(name: set.name, style: .set(position), norms: set.norms, unit: unit)
    }
    self.meansOnly = meansOnly.enumerated().map { position, set in
      NormProfile(name: set.name, style: .set(sets.count + position), means: set.means)
    }
    self.labels = labels
  }

  /// All sets in one chart; and where there are several, each with its band in one of its own.
  var figures: [Figure] {
    guard profiles.count > 2 else { return [overview] }
    return [overview] + sets.map(single)
  }

  private var profiles: [NormProfile] { [inDistribution] + sets + meansOnly }

  private var overview: Figure {
    Figure(
      title: "FeatureNorm by depth",
      caption:
        "Mean FeatureNorm at each block, in units of the in-distribution mean, from the first block to the "
        + "last. A set below 1 has smaller norms than in-distribution images; one above 1 passes for in-distribution there. "
        + "Bands hold the middle 80 % of images.",
      chart: chart(profiles, banded: profiles.count > 2 ? 1 : 2, about: "all sets"),
      legend: legend(profiles), table: table)
  }

  private func single(_ set: NormProfile) -> Figure {
    Figure(
      title: "FeatureNorm by depth: \(set.name)", caption: "The same, with the middle 80 % of both sets.",
      chart: chart([inDistribution, set], banded: 2, about: set.name), legend: legend([inDistribution, set]))
  }

  /// - Parameter banded: how many of the profiles have bands, from the first on.
  private func chart(_ profiles: [NormProfile], banded: Int, about subject: String) -> Markup {
    let series = profiles.enumerated().map { position, profile in
      line(profile, banded: position < banded)
    }
    let heights =
      series.flatMap { $0.points.map(\.y) } + series.flatMap { $0.band.flatMap { [$0.lower, $0.upper] } }
    return LineChart(
      title: "FeatureNorm by depth, \(subject)",
      description: "FeatureNorm at \(labels.count) blocks in units of the in-distribution mean: "
        + profiles.map(\.name).joined(separator: ", ") + ".",
      horizontal: Axis("block", places: labels),
      vertical: Axis(
        "FeatureNorm / ID mean", domain: ClosedRange(covering: heights + [1], margin: 0.05)),
      series: series, reference: 1
    ).markup
  }

  private func line(_ profile: NormProfile, banded: Bool) -> LineChart.Series {
    let spreads = profile.blocks.enumerated()
    return LineChart.Series(
      style: profile.style, points: spreads.map { Plot.Point(x: Double($0), y: $1.mean) },
      band: banded ? spreads.map { Plot.Extent(x: Double($0), lower: $1.lower, upper: $1.upper) } : [],
      hasMarkers: labels.count <= 40, name: profile.name)
  }

  private func legend(_ profiles: [NormProfile]) -> Legend {
    Legend(entries: profiles.map { .init(name: $0.name, style: $0.style) })
  }

  private var table: DataTable {
    var table = DataTable(
      caption: "FeatureNorm in units of the in-distribution mean: mean (10 % to 90 % quantile)",
      columns: [.text("block")] + profiles.map { .number($0.name) })
    for (block, label) in labels.enumerated() {
      table.append(
        label,
        profiles.map { profile in
          guard profile.blocks.indices.contains(block) else { return Numbers.none }
          let spread = profile.blocks[block]
          let quantiles = Figures.interval([spread.lower, spread.upper], 3)
          return Figures.decimal(spread.mean, 3) + (spread.lower.isNaN ? "" : " (\(quantiles))")
        })
    }
    return table
  }
}
