import Imaging
import OddityFiles

/// What is said of an image: the one record that `oddity score` writes as JSON or CSV, and that a server answers with.
package struct Verdict: Sendable {
  /// The record's fields, in their order; what each is called.
  package enum Field: String, CaseIterable, Sendable {
    case score
    case pValue = "p_value"
    case outlier
    case classIndex = "class"
    case label, confidence
    /// All scores by name, where several were fitted.
    case scores
  }

  private let image: ScoredImage

  package init(_ image: ScoredImage) { self.image = image }

  private subscript(field: Field) -> JSONValue {
    switch field {
    case .score: JSONValue(image.score)
    case .pValue: JSONValue(image.pValue)
    case .outlier: .bool(image.isOutlier)
    case .classIndex: JSONValue(image.classIndex)
    case .label: image.label.map(JSONValue.string) ?? .null
    case .confidence: JSONValue(image.confidence)
    case .scores: .object(image.scores.map { .init(key: $0.name, value: JSONValue($0.value)) })
    }
  }

  /// As a JSON object.
  package var json: JSONValue {
    .object(Self.fields(image.scores.count).map { .init(key: $0.rawValue, value: self[$0]) })
  }

  /// As a JSON object, which has an `error` where the image could not be scored.
  package static func json(of result: Result<ScoredImage, ImagingError>) -> JSONValue {
    switch result {
    case .success(let image): Verdict(image).json
    case .failure(let error): ["error": .string("\(error)")]
    }
  }

  /// As cells of a table: every score has one of its own where several were fitted.
  package var cells: [String] {
    Self.fields(image.scores.count).flatMap { field in
      if case .object(let scores) = self[field] { scores.map(\.value.cell) } else { [self[field].cell] }
    }
  }

  /// What stands above the cells.
  ///
  /// - Parameter scores: the fitted scores' names.
  package static func headings(_ scores: [String]) -> [String] {
    fields(scores.count).flatMap { $0 == .scores ? scores.map { "score.\($0)" } : [$0.rawValue] }
  }

  private static func fields(_ scores: Int) -> [Field] {
    scores > 1 ? Field.allCases : Field.allCases.filter { $0 != .scores }
  }
}

extension JSONValue {
  /// A plain value as a table has it: what is null is left empty.
  fileprivate var cell: String {
    switch self {
    case .null: ""
    case .string(let text): text
    default: line
    }
  }
}
