import Foundation
import Oddity

/// The section of the page about one model.
struct LiveSection {
  let traffic: LiveTraffic

  var markup: Markup {
    Page.section(
      traffic.name,
      [
        renewed("facts", [Page.facts(facts)] + warnings),
        dropZone,
        renewed("charts", [Page.figures(LiveFigures(traffic: traffic).figures)]),
        renewed("drift", [.element("h3", [:], "Drift")] + drift),
        renewed("outliers", outliers),
        Page.folded("NormRatio by block", [normRatios]),
      ])
  }

  /// A part that the script replaces with its current content.
  private func renewed(_ part: String, _ content: [Markup]) -> Markup {
    .element("div", ["class": "renewed", "id": "\(traffic.name) \(part)"], content)
  }

  private var facts: [(String, String)] {
    let rate = Double(traffic.flagged) / Double(traffic.images)
    let lastWhole = traffic.minutes.dropLast().last?.images ?? 0
    return [
      ("images in the last hour", Figures.count(traffic.images)),
      ("images a second, last minute", Figures.decimal(Double(lastWhole) / 60, 1)),
      ("share flagged as outliers", Figures.percent(rate, 2)),
      ("promised share for in-distribution images", "at most " + Figures.percent(traffic.alpha, 2)),
      ("median time of a request", milliseconds(traffic.latency?.median)),
      ("99 % of requests within", milliseconds(traffic.latency?.high)),
    ]
  }

  private func milliseconds(_ seconds: Double?) -> String {
    seconds.map { Figures.decimal(1_000 * $0, 1) + "\u{A0}ms" } ?? Numbers.none
  }

  /// Warnings about streams that have changed.
  private var warnings: [Markup] {
    guard let drift = traffic.drift else { return [] }
    return drift.sources.filter { $0.state.hasAlarmed(delta: drift.delta) }.map { name, _ in
      Page.warning(
        "the images of the source '\(name)' are no longer like the calibration images. Other possible "
          + "causes: they are consecutive frames of a video, or the same picture is sent again and again. "
          + "Find the cause, then forget the stream: DELETE v1/models/\(traffic.name)/drift/\(name).")
    }
  }

  private var dropZone: Markup {
    let name = traffic.name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    return .element(
      "div", ["class": "drop", "hidden": "", "data-path": "v1/models/\(name)/score?source=none"],
      [
        .element(
          "label", [:],
          [
            .text("Score an image: drop a file here, or choose one "),
            .element("input", ["type": "file", "multiple": ""]),
          ]),
        .element("output", ["aria-live": "polite"], ""),
      ])
  }

  private var drift: [Markup] {
    guard let drift = traffic.drift else {
      return [
        Page.paragraph(
          "This file does not contain its calibration scores, so its streams cannot be watched: fit it again."
        )
      ]
    }
    guard !drift.sources.isEmpty else { return [Page.paragraph("The server has received no images yet.")] }
    let table = DataTable(
      "A wealth of \(Figures.significant(1 / drift.delta)) raises an alarm. If nothing changes, the "
        + "probability that a source ever reaches it is at most \(Figures.percent(drift.delta, 2)).",
      drift.sources,
      [
        .text("source") { $0.name }, .number("images") { Figures.count($0.state.images) },
        .number("wealth") { wealth($0.state.logWealth) },
        .number("largest") { wealth($0.state.largestLogWealth) },
        .text("alarm") { $0.state.hasAlarmed(delta: drift.delta) ? "yes" : "no" },
      ], isChosen: { $0.state.hasAlarmed(delta: drift.delta) })
    let overall = Page.paragraph("All sources together: a wealth of \(wealth(drift.overallLogWealth)).")
    return [table.markup] + (drift.sources.count > 1 ? [overall] : [])
  }

  /// The wealth, as a power of ten if it is large.
  private func wealth(_ logarithm: Double) -> String {
    logarithm < log(1e6)
      ? Figures.significant(exp(logarithm)) : "10^\(Figures.decimal(logarithm / log(10), 0))"
  }

  private var outliers: [Markup] {
    guard let outliers = traffic.outliers else { return [] }
    let heading = Markup.element("h3", [:], "Latest outliers")
    guard !outliers.isEmpty else { return [heading, Page.paragraph("No image has been flagged yet.")] }
    let pictures = outliers.map { outlier in
      Picture(
        thumbnail: outlier.thumbnail, name: "\(LiveFigures.clock(outlier.time)) \(outlier.source)",
        score: outlier.score,
        pValue: Double(outlier.pValue), isFlagged: true
      ).markup
    }
    return [heading, .element("ul", ["class": "pictures"], pictures)]
  }

  private var normRatios: Markup {
    DataTable(
      "FeatureNorm on in-distribution images, divided by FeatureNorm on the "
        + "\(traffic.metadata.selectingKind) images made from them",
      traffic.metadata.blocks,
      [
        .text("block") { $0.label }, .text("output") { $0.tensor },
        .number("NormRatio") { Figures.decimal($0.normRatio, 4) },
      ], isChosen: { $0.tensor == traffic.metadata.block.tensor }
    ).markup
  }
}
