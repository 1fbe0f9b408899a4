import OddityFit

/// How well detectors distinguish a set of ID images from sets of OOD images, as `oddity evaluate --json`
/// prints it.
public struct EvaluationReport: Codable, Sendable {
  public var detectors: [DetectorReport]
  /// All warnings.
  public var warnings: [Warning]

  public init(detectors: [DetectorReport], warnings: [Warning] = []) {
    (self.detectors, self.warnings) = (detectors, warnings)
  }
}

/// One score of one guarded model against every OOD set. All numbers are in [0, 1].
public struct DetectorReport: Codable, Sendable {
  /// The name of the guarded file.
  public let name: String
  public let score: String
  /// The share of ID images that are classified correctly; nil if their labels are unknown.
  public let idAccuracy: Double?
  /// The number of ID images whose labels are known.
  public let idAccuracyImages: Int
  /// The number of ID images that were scored.
  public let idImages: Int
  /// The share of ID images that are flagged as outliers. Only the calibrated score has it.
  public let idFlagged: Double?
  public let ood: [SetReport]
  /// The unweighted means over the OOD sets.
  public let mean: DetectionMetrics
  /// Selective prediction on the ID images by this score; nil if no class is known.
  public let selective: RiskCoverage?
  /// The accepted images at several false-alarm rates. Only the calibrated score has them.
  public let accepted: [AcceptedShare]?
  /// The shifted ID images, if there are some. Only the calibrated score has them.
  public let shifted: [ShiftedReport]?

  private enum CodingKeys: String, CodingKey {
    case name, score
    case idAccuracy = "id_accuracy"
    case idAccuracyImages = "id_accuracy_images"
    case idImages = "id_images"
    case idFlagged = "id_flagged"
    case ood, mean, selective, accepted, shifted
  }
}

/// The numbers of one OOD set.
public struct SetReport: Codable, Sendable {
  public let name: String
  public let images: Int
  /// The share of the images that are flagged as outliers. Only the calibrated score has it.
  public let flagged: Double?
  public let metrics: DetectionMetrics
  /// Selective prediction on the ID images and these images together. An accepted OOD image counts as a wrong
  /// answer. nil if no class is known.
  public let selective: RiskCoverage?

  private enum CodingKeys: String, CodingKey {
    case name, images, flagged, selective
  }
}

extension SetReport {
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    name = try values.decode(String.self, forKey: .name)
    images = try values.decode(Int.self, forKey: .images)
    flagged = try values.decodeIfPresent(Double.self, forKey: .flagged)
    metrics = try DetectionMetrics(from: decoder)
    selective = try values.decodeIfPresent(RiskCoverage.self, forKey: .selective)
  }

  /// The metrics are encoded beside the name, without a key of their own.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    try values.encode(images, forKey: .images)
    try values.encodeIfPresent(flagged, forKey: .flagged)
    try metrics.encode(to: encoder)
    try values.encodeIfPresent(selective, forKey: .selective)
  }
}
