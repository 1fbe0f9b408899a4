import Foundation
import Imaging
import Oddity

/// The settings behind a result.
struct Settings {
  private let rows: [(name: String, value: String)]

  /// - Parameter engine: engine, version and device; nil if there is no engine to name.
  init(_ metadata: GuardMetadata, engine: String?) {
    let (fit, select) = (Figures.count(metadata.parts.fit), Figures.count(metadata.parts.select))
    let images = "\(fit) fit, \(select) select, \(Figures.count(metadata.parts.calibrate)) calibrate"
    let threshold = ScoreThreshold(metadata.threshold, groups: metadata.calibrationGroups)
    let rank =
      if case .byClass = threshold { threshold.text } else {
        "\(metadata.calibrationRank) of \(metadata.calibrationSize)"
      }
    rows = [
      ("classifier (SHA-256)", metadata.sourceSHA256),
      ("input", metadata.input), ("logits", metadata.logits), ("classes", "\(metadata.classes)"),
      ("head", metadata.headKind.rawValue),
      ("scores", metadata.scores.joined(separator: ", ")),
      ("NormRatio against", metadata.pseudoOOD), ("seed", "\(metadata.seed)"),
      ("alpha", metadata.alpha + (metadata.confidence.map { ", with confidence \($0)" } ?? "")),
      ("images", images),
      ("calibration rank", rank), ("threshold", threshold.text),
      ("preprocessing", Self.text(metadata.preprocessing)),
      ("fitted by", "oddity \(metadata.oddityVersion)"), ("reported by", "oddity \(oddityVersion)"),
      ("engine", Self.text(engine)),
    ]
  }

  init(_ benchmark: Benchmark, engine: String?) {
    let report = benchmark.report
    rows =
      [
        ("suite", report.suite), ("seed", "\(report.seed)"),
        ("limit", report.limit.map(Figures.count) ?? Numbers.none), ("alpha", "\(report.alpha)"),
        ("pseudo-OOD", report.pseudoOOD.joined(separator: ", ")),
      ]
      + benchmark.networks.flatMap { network in
        [
          ("\(network.name): model", network.report.model),
          ("\(network.name): preprocessing", Self.text(network.preprocessing)),
        ]
      }
      + [("made by", "oddity \(report.oddityVersion)"), ("engine", Self.text(engine))]
  }

  var markup: Markup {
    var table = DataTable(
      "Settings behind the result", rows,
      [.text("setting") { $0.name }, .text("value") { $0.value }])
    table.wraps = true
    return table.markup
  }

  /// The preprocessing as JSON.
  private static func text(_ preprocessing: ResolvedPreprocessing) -> String {
    (try? preprocessing.json()) ?? Numbers.none
  }

  private static func text(_ engine: String?) -> String { engine ?? Numbers.none }
}
