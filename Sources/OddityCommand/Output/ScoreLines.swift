import Imaging
import Oddity

/// Formats one line for each image.
struct ScoreLines {
  enum Format: String, CaseIterable {
    case jsonl, csv, table
  }

  private let metadata: GuardMetadata
  private let format: Format

  init(_ metadata: GuardMetadata, format: Format) {
    (self.metadata, self.format) = (metadata, format)
  }

  /// The text before the first line.
  var heading: String {
    switch format {
    case .jsonl: ""
    case .csv: CSV.line(["input"] + Verdict.headings(metadata) + ["error"])
    case .table: "p-value  verdict  confidence  class" + pad("", to: 16) + "  input\n"
    }
  }

  /// The start of every JSON line of an image.
  static func beginning(_ item: ImageItem) -> String {
    String(input(item).line.dropLast()) + ","
  }

  /// The continuation of the line of an image that failed.
  static let beginningOfError = "\"error\":"

  func line(_ outcome: Detector.Outcome) -> String {
    switch format {
    case .jsonl: return Self.input(outcome.item).with(Verdict.json(of: outcome.result)).line + "\n"
    case .csv:
      let cells =
        switch outcome.result {
        case .success(let image): Verdict(image).cells + [""]
        case .failure(let error): Verdict.headings(metadata).map { _ in "" } + ["\(error)"]
        }
      return CSV.line([outcome.item.name] + cells)
    case .table:
      switch outcome.result {
      case .success(let image): return row(image)
      case .failure(let error): return "error: \(error)\n"
      }
    }
  }

  /// Avoids a dictionary literal, which would cost one more allocation for each image.
  private static func input(_ item: ImageItem) -> JSONValue {
    .object([.init(key: "input", value: .string(item.name))])
  }

  private func row(_ image: ScoredImage) -> String {
    [
      pad(Numbers.fixed(Double(image.pValue), 4), to: 7), pad(image.isOutlier ? "OUTLIER" : "ok", to: 7),
      pad(Numbers.fixed(image.confidence, 3), to: 10), pad(image.label ?? "\(image.classIndex)", to: 21),
      image.item.name,
    ].joined(separator: "  ") + "\n"
  }

  private func pad(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
