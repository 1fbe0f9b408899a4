import Oddity

/// The report of a comparison of two guarded models.
public struct ComparisonPage: Sendable {
  private let comparison: VerdictComparison
  private let names: [String]
  private let metadata: [GuardMetadata]
  private let engine: String?

  /// - Parameters:
  ///   - names: the names of the two models in the report.
  ///   - engine: engine, version and device, for the settings.
  public init(
    _ comparison: VerdictComparison, names: [String], _ metadata: [GuardMetadata], engine: String? = nil
  ) {
    (self.comparison, self.names, self.metadata, self.engine) = (comparison, names, metadata, engine)
  }

  /// One self-contained HTML file.
  public var html: String {
    let settings = zip(names, metadata).map { name, metadata in
      Page.section(name, level: 3, [Settings(metadata, engine: engine).markup])
    }
    return Page(
      title: "\(names[0]) and \(names[1])", summary: [Page.paragraph(words)],
      sections: [
        Page.section("Verdicts", [counts] + changes), Page.section("p-values", [Page.figures([figure])]),
        Page.section("Settings", settings),
      ]
    ).html
  }

  private var words: String {
    "Both give the same verdict for \(Figures.percent(comparison.agreement)) of "
      + "\(Figures.count(comparison.images, "image")). p-value of the hypothesis that both flag the same "
      + "share: \(Figures.decimal(comparison.pValueOfRates, 4)); Cohen's κ: "
      + "\(Figures.decimal(comparison.kappa, 3)); rank correlation of the p-values: "
      + "\(Figures.decimal(comparison.spearman, 3))."
  }

  private var counts: Markup {
    DataTable(
      "Images by verdict",
      [
        ("\(names[0]) accepts", comparison.bothAccepted, comparison.onlySecondFlagged),
        ("\(names[0]) flags", comparison.onlyFirstFlagged, comparison.bothFlagged),
      ],
      [
        .text("") { $0.0 }, .number("\(names[1]) accepts") { Figures.count($0.1) },
        .number("\(names[1]) flags") { Figures.count($0.2) },
      ]
    ).markup
  }

  private var changes: [Markup] {
    guard !comparison.changed.isEmpty else { return [] }
    return [
      DataTable(
        "Images whose verdict changed, the largest changes first", comparison.changed,
        [
          .text("image") { $0.input },
          .number("p by \(names[0])") { Figures.decimal(Double($0.pValues[0]), 4) },
          .number("p by \(names[1])") { Figures.decimal(Double($0.pValues[1]), 4) },
        ]
      ).markup
    ]
  }

  /// A point for each image.
  private var figure: Figure {
    let points = zip(comparison.firstPValues, comparison.secondPValues).map {
      Plot.Point(x: Double($0), y: Double($1))
    }
    // A sample that is spread evenly, because more points would not show more.
    let step = max(1, points.count / 2_000)
    let shown = stride(from: 0, to: points.count, by: step).map { points[$0] }
    let chart = Chart(
      title: "p-values by both models",
      description:
        "One point for each of \(shown.count) images. Points on the diagonal have the same p-value in both "
        + "models.",
      horizontal: .share("p-value by \(names[0])"), vertical: .share("p-value by \(names[1])"),
      series: [Chart.Series(name: "images", style: .set(0), points: shown, hasLine: false, hasMarkers: true)],
      hasDiagonal: true)
    return Figure(
      title: "p-values",
      caption:
        "The p-values of images far from the diagonal changed. \(Figures.count(shown.count)) of them are "
        + "shown.",
      chart: chart, hasLegend: false)
  }
}
