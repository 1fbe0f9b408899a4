import OddityFit

/// How well detectors tell a set of ID images from sets of OOD images, as `oddity evaluate --json` prints it.
public struct EvaluationReport: Codable, Sendable {
  public var detectors: [DetectorReport]
  /// All that was warned of.
  public var warnings: [Warning]

  public init(detectors: [DetectorReport], warnings: [Warning] = []) {
    (self.detectors, self.warnings) = (detectors, warnings)
  }
}

/// One score of one guarded model against every OOD set; all numbers lie in [0, 1].
public struct DetectorReport: Codable, Sendable {
  /// The guarded file's name.
  public let name: String
  public let score: String
  /// Share of ID images classified correctly; `nil` where their labels are unknown.
  public let idAccuracy: Double?
  /// ID images whose labels are known.
  public let idAccuracyImages: Int
  /// ID images that were scored.
  public let idImages: Int
  /// Share of ID images flagged as outliers; only the calibrated score flags.
  public let idFlagged: Double?
  public let ood: [SetReport]
  /// Unweighted means over the OOD sets.
  public let mean: DetectionMetrics
  /// Selective prediction on the ID images by this score; nil where no class is known.
  public let selective: RiskCoverage?
  /// What is accepted at several false-alarm rates; only of the calibrated score.
  public let accepted: [AcceptedShare]?
  /// Shifted ID images; only of the calibrated score, and where there are some.
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

/// One OOD set's numbers.
public struct SetReport: Codable, Sendable {
  public let name: String
  public let images: Int
  /// Share of its images flagged as outliers; only the calibrated score flags.
  public let flagged: Double?
  public let metrics: DetectionMetrics
  /// Selective prediction on the ID images and these together; an accepted one of these is a wrong answer. Nil where no class is known.
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

  /// The metrics stand beside the name, not below a key of their own.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    try values.encode(images, forKey: .images)
    try values.encodeIfPresent(flagged, forKey: .flagged)
    try metrics.encode(to: encoder)
    try values.encodeIfPresent(selective, forKey: .selective)
  }
}
