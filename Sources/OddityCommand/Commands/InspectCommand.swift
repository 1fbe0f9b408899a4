import ArgumentParser
import Foundation
import Oddity

/// `oddity inspect`: the metadata of a guarded model.
struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Shows what a guarded model was fitted with.",
    discussion: """
      Prints the score, block, threshold, alpha and calibration size, the weights of a fusion, and the \
      candidates of 'auto'; --json adds the whole preprocessing and all labels.

        oddity inspect guarded.onnx
      """)

  @Argument(help: ArgumentHelp("The guarded model.", valueName: "guarded"))
  var guarded: String

  @Flag(help: "Print JSON in place of a table.")
  var json = false

  func run() async throws {
    let model = try GuardedModel(contentsOf: URL(filePath: guarded))
    try ResultWriter.print(model.metadata, asJSON: json, text: model.text)
  }
}

extension GuardedModel {
  /// The metadata as text.
  var text: String {
    let width = rows.map(\.0.count).max() ?? 0
    let lines = rows.map { name, value in
      name + String(repeating: " ", count: width - name.count) + "  " + value + "\n"
    }
    return lines.joined() + "\n" + choice
      + metadata.blocks.table(selected: metadata.block, pseudoOOD: metadata.selectingKind)
  }

  /// All candidates of `auto`, the scores that could not be fitted, and the columns of fusions.
  private var choice: String {
    let fusions = (metadata.fusions ?? []).map(\.text).joined()
    guard let auto = metadata.auto else { return fusions }
    let ranking = auto.text(showing: auto.ranking.count)
    return fusions + ranking + (auto.fallback == nil ? "\n\n" : "") + auto.leftOutText
  }

  private var rows: [(String, String)] {
    let block = metadata.block
    let confidence = metadata.confidence.map { ", with confidence \($0)" } ?? ""
    let rows =
      [
        ("score", metadata.score),
        ("further scores", metadata.scores.dropFirst().joined(separator: ", ")),
      ]
      + learnt + [
        (
          metadata.usesSelectedBlock ? "block" : "largest NormRatio",
          block.index.map { "\($0) (\(block.tensor))" } ?? block.tensor
        ),
        ("threshold", threshold),
        ("alpha", metadata.alpha + confidence),
        ("calibration images", calibrationImages),
        ("false alarms", Numbers.interval(metadata.falseAlarmInterval.map { 100 * $0 }, 2) + " %"),
        ("NormRatio against", "\(metadata.pseudoOOD), seed \(metadata.seed)"),
        ("classes", classes),
        ("head", metadata.headKind.rawValue),
        ("input", metadata.input + (takesOneImage ? ", one image at a time" : "")),
        ("raw input", metadata.rawInput.map { "\($0), uint8 [N, height, width, 3]" } ?? ""),
        ("logits", metadata.logits),
        (
          "map",
          metadata.map.map { "\($0.score) at \($0.block.name), \($0.height)×\($0.width) positions" } ?? ""
        ),
        ("preprocessing", preprocessing),
        ("classifier", "SHA-256 \(metadata.sourceSHA256)"),
        ("made by", "oddity \(metadata.oddityVersion)"),
      ]
    return rows.filter { !$0.1.isEmpty }
  }

  /// Whether the model's batch size is one.
  private var takesOneImage: Bool {
    model.graph.inputs.first { $0.name == metadata.input }?.shape?.first == .some(1)
  }

  private var calibrationImages: String {
    "\(metadata.calibrationSize)"
      + (metadata.calibrationOrigin == .scores
        ? ", from scores of another engine (--calibration-scores)" : "")
  }

  private var threshold: String {
    let pooled = "\(Float(metadata.threshold))"
    guard let groups = metadata.calibrationGroups else { return pooled }
    guard groups.count > 1 else { return pooled + ", of one group of all \(metadata.classes) classes" }
    let merged = groups.filter { $0.classes.count > 1 }
    let sizes = merged.map { "\($0.classes.count) classes as one" }
    return (["by predicted class, of \(groups.count - merged.count) classes"] + sizes).joined(
      separator: " and ")
      + "; see calibration_groups in --json"
  }

  /// What each score has learnt, by name.
  private var learnt: [(String, String)] {
    (metadata.state ?? []).map { score in
      let values = score.values.sorted { $0.key < $1.key }.map { name, value in
        switch value {
        case .number(let number): "\(name) = \(Self.number(number))"
        case .text(let text): "\(name): \(text)"
        }
      }
      return (score.name, values.joined(separator: ", "))
    }
  }

  /// Prints whole numbers as integers, and other numbers in the precision in which the model computes.
  private static func number(_ value: Double) -> String {
    value == value.rounded() ? Numbers.shortest(value) : "\(Float(value))"
  }

  private var classes: String {
    let names = metadata.labels.map { labels in
      ": " + labels.prefix(10).joined(separator: ", ") + (labels.count > 10 ? ", …" : "")
    }
    return "\(metadata.classes)" + (names ?? "")
  }

  private var preprocessing: String {
    (try? JSONValue(encoding: metadata.preprocessing).line) ?? Numbers.none
  }
}
