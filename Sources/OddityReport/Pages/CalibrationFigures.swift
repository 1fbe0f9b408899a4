import Oddity

/// Compares the share of flagged images with the false-alarm rate alpha.
struct CalibrationFigures {
  /// The curve of the ID images first, with a point for each per cent.
  private let lines: [Chart.Series]
  private let alpha: Double
  private let chance: [Plot.Extent]

  /// - Parameter samples: the names of sets with their images' p-values, the ID images first.
  init(_ samples: [(name: String, pValues: [Float])], calibrationSize: Int, alpha: Double) {
    lines = samples.enumerated().map { position, sample in
      let shares = CalibrationCurve(pValues: sample.pValues, calibrationSize: calibrationSize).shares
      let points = zip(CalibrationCurve.percents, shares).map { Plot.Point(x: Double($0) / 100, y: $1) }
      return .init(name: sample.name, style: SeriesStyle(index: position), points: points)
    }
    self.alpha = alpha
    chance = CalibrationCurve.chance(
      calibrationSize: calibrationSize, images: samples.first?.pValues.count ?? 0)
  }

  var figures: [Figure] { [all, smallRates] }

  private var all: Figure {
    let chart = chart(
      "Share flagged against alpha",
      "Share of images flagged at false-alarm rates from 0 to 1, with the diagonal and the band of chance.",
      of: lines, chance, upTo: 100, vertical: .share("share flagged"))
    return Figure(
      title: "Calibration",
      caption:
        "The share of each set that is flagged at each false-alarm rate. The curve of in-distribution images "
        + "should follow the diagonal within the band, which shows how far chance can move it (95 %, for "
        + "these numbers of images and calibration images). The other curves should be far above it.",
      chart: chart, table: table)
  }

  private var smallRates: Figure {
    // The rates that are used in practice.
    let percent = 20
    var shown = lines[0]
    shown.points = Array(shown.points.prefix(percent + 1))
    let band = Array(chance.prefix(percent + 1))
    let heights = shown.points.map(\.y) + band.map(\.upper)
    let chart = chart(
      "Share flagged against small alpha",
      "In-distribution images flagged at false-alarm rates from 0 to \(percent) %.", of: [shown], band,
      upTo: percent, vertical: Axis("share flagged", domain: ClosedRange(covering: heights + [0])))
    return Figure(
      title: "Calibration at small rates", caption: "The same chart for in-distribution images only.",
      chart: chart)
  }

  private func chart(
    _ title: String, _ description: String, of lines: [Chart.Series], _ chance: [Plot.Extent],
    upTo percent: Int, vertical: Axis
  ) -> Chart {
    Chart(
      title: title, description: description,
      horizontal: .share("alpha (false-alarm rate)", upTo: Double(percent) / 100), vertical: vertical,
      series: lines, hasDiagonal: true, marked: (alpha, "alpha"), chance: chance)
  }

  private var table: DataTable {
    let shares: [DataTable.Column<Int>] = lines.map { line in
      .number(line.name) { Figures.percent(line.points[$0].y, 1) }
    }
    return DataTable(
      "Share flagged at each false-alarm rate", [1, 2, 5, 10, 20, 30, 50, 70, 90],
      [
        .text("alpha") { "\($0) %" },
        .number("chance (95 %)") { percent in
          let band = chance[percent]
          return Figures.interval([100 * band.lower, 100 * band.upper], 1) + Figures.percentSign
        },
      ] + shares)
  }
}

/// The share of a set that would be flagged at each false-alarm rate.
struct CalibrationCurve: Sendable {
  /// The rates in steps of 1 %, from 0 to 100 %, as numerators over 100.
  static let percents = Array(0...100)

  /// One share for each of `percents`.
  let shares: [Double]

  /// - Parameters:
  ///   - pValues: the p-values of the set's images.
  ///   - calibrationSize: n. An image is flagged at alpha if its p-value is at most ⌊alpha·(n + 1)⌋/(n + 1).
  init(pValues: [Float], calibrationSize n: Int) {
    let ranks = pValues.map { Int((Double($0) * Double(n + 1)).rounded()) }.sorted()
    var flagged = 0
    shares = Self.percents.map { percent in
      let rank = percent * (n + 1) / 100
      while flagged < ranks.count, ranks[flagged] <= rank { flagged += 1 }
      return ranks.isEmpty ? .nan : Double(flagged) / Double(ranks.count)
    }
  }

  /// The range of the share for 95 % of all calibration sets and sets of m images, if both come from the same
  /// distribution.
  static func chance(calibrationSize n: Int, images m: Int) -> [Plot.Extent] {
    percents.map { percent in
      let rank = percent * (n + 1) / 100
      guard m > 0, rank > 0, rank <= n else {
        let certain = rank > n ? 1.0 : 0
        return Plot.Extent(x: Double(percent) / 100, lower: certain, upper: certain)
      }
      let flagged = BetaBinomialDistribution(
        count: m, rate: BetaDistribution(a: Double(rank), b: Double(n + 1 - rank)))
      return Plot.Extent(
        x: Double(percent) / 100, lower: Double(flagged.quantile(0.025)) / Double(m),
        upper: Double(flagged.quantile(0.975)) / Double(m))
    }
  }
}
