import Imaging
import OddityFiles

/// The record of an image that `oddity score` writes as JSON or CSV, and that a server answers with.
package struct Verdict: Sendable {
  /// The names of the record's fields, in their order.
  package enum Field: String, CaseIterable, Sendable {
    case score
    case pValue = "p_value"
    case outlier
    case classIndex = "class"
    case label, confidence
    /// Present if the model was calibrated on labelled images that are new to the classifier.
    case calibratedConfidence = "calibrated_confidence"
    /// All scores by name, if several were fitted.
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
    case .calibratedConfidence: image.calibratedConfidence.map { JSONValue($0) } ?? .null
    case .scores: .object(image.scores.map { .init(key: $0.name, value: JSONValue($0.value)) })
    }
  }

  /// The record as a JSON object.
  package var json: JSONValue {
    .object(fields.map { .init(key: $0.rawValue, value: self[$0]) })
  }

  /// The record as a JSON object, or an object with an `error` if the image could not be scored.
  package static func json(of result: Result<ScoredImage, ImagingError>) -> JSONValue {
    switch result {
    case .success(let image): Verdict(image).json
    case .failure(let error): ["error": .string("\(error)")]
    }
  }

  /// The cells of a table. If several scores were fitted, each has its own cell.
  package var cells: [String] {
    fields.flatMap { field in
      if case .object(let scores) = self[field] { scores.map(\.value.cell) } else { [self[field].cell] }
    }
  }

  /// The headings of the cells.
  ///
  /// - Parameter metadata: of the model that scored the images.
  package static func headings(_ metadata: GuardMetadata) -> [String] {
    fields(scores: metadata.scores.count, isCalibrated: metadata.confidenceTemperature != nil).flatMap {
      $0 == .scores ? metadata.scores.map { "score.\($0)" } : [$0.rawValue]
    }
  }

  private var fields: [Field] {
    Self.fields(scores: image.scores.count, isCalibrated: image.calibratedConfidence != nil)
  }

  /// Created once, because every image needs them.
  private static func fields(scores: Int, isCalibrated: Bool) -> [Field] {
    lists[(scores > 1 ? 1 : 0) + (isCalibrated ? 2 : 0)]
  }

  private static let lists = (0..<4).map { kind in
    Field.allCases.filter { field in
      switch field {
      case .scores: kind & 1 != 0
      case .calibratedConfidence: kind & 2 != 0
      default: true
      }
    }
  }
}

extension JSONValue {
  /// A plain value for a table, in which null is an empty cell.
  fileprivate var cell: String {
    switch self {
    case .null: ""
    case .string(let text): text
    default: line
    }
  }
}
