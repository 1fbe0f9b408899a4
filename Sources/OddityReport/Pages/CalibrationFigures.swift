import Oddity

/// Whether as many images are flagged as the false-alarm rate says: shares flagged against alpha.
struct CalibrationFigures {
  struct Sample {
    let name: String
    let pValues: [Float]
  }

  private let inDistribution: Sample
  private let sets: [Sample]
  private let calibrationSize: Int
  private let alpha: Double
  private let chance: [Plot.Extent]

  init(inDistribution: Sample, sets: [Sample], calibrationSize: Int, alpha: Double) {
    (self.inDistribution, self.sets) = (inDistribution, sets)
    (self.calibrationSize, self.alpha) = (calibrationSize, alpha)
    chance = CalibrationCurve.chance(
      calibrationSize: calibrationSize, images: inDistribution.pValues.count)
  }

  var figures: [Figure] { [all, smallRates] }

  /// Rates that anyone would choose.
  private static let smallPercent = 20

  private var curves: [CalibrationCurve] {
    ([inDistribution] + sets).map {
      CalibrationCurve(pValues: $0.pValues, calibrationSize: calibrationSize)
    }
  }

  private var all: Figure {
    let curves = curves
    let chart = LineChart(
      title: "Share flagged against alpha",
      description:
        "Share of images flagged at false-alarm rates from 0 to 1, with the diagonal and the band of chance.",
      horizontal: .share("alpha (false-alarm rate)"), vertical: .share("share flagged"),
      series: curves.enumerated().map { .init(style: style($0), points: points($1, upTo: 100)) },
      hasDiagonal: true, marked: (alpha, "alpha"), chance: chance)
    return Figure(
      title: "Calibration",
      caption:
        "The share of each set that is flagged at each false-alarm rate. In-distribution images should follow "
        + "the diagonal, within the band that chance explains (95 %, for so many images and calibration images); "
        + "others should be far above it.",
      chart: chart.markup, legend: legend, table: table(of: curves))
  }

  private var smallRates: Figure {
    let curve = CalibrationCurve(pValues: inDistribution.pValues, calibrationSize: calibrationSize)
    let shown = points(curve, upTo: Self.smallPercent)
    let band = Array(chance.prefix(Self.smallPercent + 1))
    let heights = shown.map(\.y) + band.map(\.upper)
    let chart = LineChart(
      title: "Share flagged against small alpha",
      description: "In-distribution images flagged at false-alarm rates from 0 to \(Self.smallPercent) %.",
      horizontal: .share("alpha (false-alarm rate)", upTo: Double(Self.smallPercent) / 100),
      vertical: Axis("share flagged", domain: ClosedRange(covering: heights + [0])),
      series: [.init(style: .inDistribution, points: shown)], hasDiagonal: true, marked: (alpha, "alpha"),
      chance: band)
    return Figure(
      title: "Calibration at small rates", caption: "The same for in-distribution images alone.",
      chart: chart.markup,
      legend: Legend(entries: [.init(name: inDistribution.name, style: .inDistribution)]))
  }

  private func points(_ curve: CalibrationCurve, upTo percent: Int) -> [Plot.Point] {
    zip(CalibrationCurve.percents, curve.shares).prefix(percent + 1).map {
      Plot.Point(x: Double($0) / 100, y: $1)
    }
  }

  private func style(_ position: Int) -> SeriesStyle { SeriesStyle(index: position) }

  private var legend: Legend {
    Legend(
      entries: ([inDistribution] + sets).enumerated().map { .init(name: $1.name, style: style($0)) })
  }

  private func table(of curves: [CalibrationCurve]) -> DataTable {
    var table = DataTable(
      caption: "Share flagged at each false-alarm rate",
      columns: [.text("alpha"), .number("chance (95 %)")]
        + ([inDistribution] + sets).map { .number($0.name) })
    for percent in [1, 2, 5, 10, 20, 30, 50, 70, 90] {
      let band = chance[percent]
      table.append(
        "\(percent) %",
        [Figures.interval([100 * band.lower, 100 * band.upper], 1) + Figures.percentSign]
          + curves.map { Figures.percent($0.shares[percent], 1) })
    }
    return table
  }
}
