import Imaging
import Oddity

/// One line for each image, in the format asked for.
struct ScoreLines {
  private let labels: [String]?
  private let scores: [String]
  private let format: ScoreCommand.Format

  init(_ metadata: GuardMetadata, format: ScoreCommand.Format) {
    labels = metadata.labels
    scores = metadata.scores
    self.format = format
  }

  /// What stands above the first line.
  var heading: String {
    switch format {
    case .jsonl: ""
    case .csv:
      CSV.line(
        ["input", "score", "p_value", "outlier", "class", "label", "confidence"] + furtherScores + ["error"])
    case .table: "p-value  verdict  confidence  class" + pad("", to: 16) + "  input\n"
    }
  }

  /// How every line of JSON about an image begins.
  static func beginning(_ item: ImageItem) -> String {
    String(JSONValue.object([.init(key: "input", value: .string(item.name))]).line.dropLast()) + ","
  }

  /// What follows in the line of an image that failed.
  static let beginningOfError = "\"error\":"

  func line(_ outcome: Detector.Outcome) -> String {
    let input = outcome.item.name
    switch (outcome.result, format) {
    case (.success(let image), .jsonl): return JSONValue.object(members(input, image)).line + "\n"
    case (.success(let image), .csv): return CSV.line(fields(input, image) + [""])
    case (.success(let image), .table): return row(input, image)
    case (.failure(let error), .jsonl):
      let members = [("input", input), ("error", "\(error)")]
      return JSONValue.object(members.map { .init(key: $0, value: .string($1)) }).line + "\n"
    case (.failure(let error), .csv):
      let empty = Array(repeating: "", count: 6 + furtherScores.count)
      return CSV.line([input] + empty + ["\(error)"])
    case (.failure(let error), .table): return "error: \(error)\n"
    }
  }

  /// Every score has a column of its own where several were fitted.
  private var furtherScores: [String] {
    scores.count > 1 ? scores.map { "score.\($0)" } : []
  }

  private func label(_ image: ScoredImage) -> String? { labels?[image.classIndex] }

  private func members(_ input: String, _ image: ScoredImage) -> [JSONValue.Member] {
    let common: [(String, JSONValue)] = [
      ("input", .string(input)), ("score", JSONValue(image.score)), ("p_value", JSONValue(image.pValue)),
      ("outlier", .bool(image.isOutlier)), ("class", JSONValue(image.classIndex)),
      ("label", label(image).map(JSONValue.string) ?? .null), ("confidence", JSONValue(image.confidence)),
    ]
    let named = zip(scores, image.scores).map { JSONValue.Member(key: $0, value: JSONValue($1)) }
    let further: [(String, JSONValue)] = scores.count > 1 ? [("scores", .object(named))] : []
    return (common + further).map { JSONValue.Member(key: $0, value: $1) }
  }

  private func fields(_ input: String, _ image: ScoredImage) -> [String] {
    let further = scores.count > 1 ? image.scores.map(number) : []
    return [
      input, number(image.score), "\(image.pValue)", "\(image.isOutlier)", "\(image.classIndex)",
      label(image) ?? "", image.confidence.isFinite ? "\(image.confidence)" : "",
    ] + further
  }

  private func row(_ input: String, _ image: ScoredImage) -> String {
    let name = label(image) ?? "\(image.classIndex)"
    return [
      pad(Numbers.fixed(Double(image.pValue), 4), to: 7), pad(image.isOutlier ? "OUTLIER" : "ok", to: 7),
      pad(Numbers.fixed(image.confidence, 3), to: 10), pad(name, to: 21), input,
    ].joined(separator: "  ") + "\n"
  }

  /// A score that is not finite is left empty.
  private func number(_ score: Float) -> String { score.isFinite ? "\(score)" : "" }

  private func pad(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
