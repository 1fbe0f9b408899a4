import Foundation
import Imaging
import Oddity

/// What a result was made with, beside the images.
struct Settings {
  let metadata: GuardMetadata
  /// The engine's version; nil where there is none to name.
  let engine: String?

  var markup: Markup {
    var table = DataTable(
      caption: "What the result was made with, beside the images",
      columns: [.text("setting"), .text("value")])
    table.wraps = true
    for (name, value) in rows { table.append(name, [value]) }
    return table.markup
  }

  private var rows: [(String, String)] {
    [
      ("classifier (SHA-256)", metadata.sourceSHA256),
      ("input", metadata.input), ("logits", metadata.logits), ("classes", "\(metadata.classes)"),
      ("head", metadata.headKind.rawValue),
      ("scores", metadata.scores.joined(separator: ", ")),
      ("pseudo-OOD", metadata.pseudoOOD), ("seed", "\(metadata.seed)"),
      ("alpha", metadata.alpha + (metadata.confidence.map { ", with confidence \($0)" } ?? "")),
      ("images", parts), ("calibration rank", rank), ("threshold", threshold.text),
      ("preprocessing", Self.text(metadata.preprocessing)),
      ("fitted by", "oddity \(metadata.oddityVersion)"), ("reported by", "oddity \(oddityVersion)"),
      ("engine", engine.map { "OpenVINO \($0)" } ?? Numbers.none),
    ]
  }

  private var threshold: ScoreThreshold {
    ScoreThreshold(metadata.threshold, groups: metadata.calibrationGroups)
  }

  private var rank: String {
    guard case .byClass = threshold else {
      return "\(metadata.calibrationRank) of \(metadata.calibrationSize)"
    }
    return threshold.text
  }

  private var parts: String {
    let parts = metadata.parts
    return
      "\(Figures.count(parts.fit)) fit, \(Figures.count(parts.select)) select, \(Figures.count(parts.calibrate)) calibrate"
  }

  /// How images become tensors, as JSON.
  static func text(_ preprocessing: ResolvedPreprocessing) -> String {
    (try? preprocessing.json()) ?? Numbers.none
  }
}
