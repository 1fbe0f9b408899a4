import Imaging
import OddityFit

/// Evaluates a detector on a set of ID images and sets of OOD images.
public struct Evaluation: Sendable {
  /// A set of OOD images with its name in tables.
  public struct OODSet: Sendable {
    public let name: String
    public let source: any ImageSource

    public init(name: String, source: any ImageSource) {
      self.name = name
      self.source = source
    }
  }

  /// One entry for each score of the detector.
  public let reports: [DetectorReport]
  /// The ID images with their scores.
  public let inDistribution: ScoredSet
  /// The OOD sets with their scores, in the order of the arguments.
  public let outOfDistribution: [ScoredSet]
  /// The sets of shifted ID images with their scores.
  public let shifted: [ScoredSet]
  /// Warnings that limit the meaning of the numbers.
  public let warnings: [Warning]
  /// Images that could not be used, each with the reason.
  public let failures: [ImagingError]

  /// Scores all sets, each in one pass.
  ///
  /// - Parameters:
  ///   - name: the name of the detector in reports.
  ///   - shifted: sets of shifted ID images with their true classes.
  ///   - labels: how to find the true classes of ID images. Labels of OOD images are ignored.
  ///   - shiftedLabels: how to find the true classes of shifted images; nil means as for ID images.
  /// - Throws: ``OddityError`` `.badData` for an empty set, a label outside the classes, or a score that is
  ///   NaN or +∞.
  public init(
    of detector: Detector, name: String, inDistribution: any ImageSource, outOfDistribution: [OODSet],
    shifted: [OODSet] = [], labels: TrueLabels, shiftedLabels: TrueLabels? = nil
  ) async throws {
    let inside = try await ScoredSet(inDistribution, name: "ID", by: detector)
    var outside: [ScoredSet] = []
    for set in outOfDistribution {
      outside.append(try await ScoredSet(set.source, name: set.name, by: detector))
    }
    var moved: [ScoredSet] = []
    for set in shifted { moved.append(try await ScoredSet(set.source, name: set.name, by: detector)) }
    let classified = try inside.classified(by: labels)
    let agreement = Agreement(
      predicted: inside.images.map(\.classIndex), truth: classified.map(\.truth),
      classes: detector.guarded.metadata.classes)
    let confidences = classified.filter { $0.truth != nil }.map(\.image.confidence).filter(\.isFinite)
    warnings = EvaluationWarning.all(
      inside, outside, of: detector.guarded, agreement: agreement,
      folders: labels.countedFolders(of: inDistribution),
      confidence: confidences.reduce(0, +) / Double(max(confidences.count, 1)))
    failures = inside.failures + (outside + moved).flatMap(\.failures)
    self.shifted = moved
    let shiftedReports = try moved.map {
      try ShiftedReport($0, labels: shiftedLabels ?? labels, accuracyOfID: agreement?.accuracy)
    }
    self.inDistribution = inside
    self.outOfDistribution = outside
    reports = try detector.guarded.metadata.scores.enumerated().map { position, score in
      let sets = try outside.map { set in
        SetReport(
          name: set.name, images: set.images.count, flagged: position == 0 ? set.flaggedShare : nil,
          metrics: try inside.metrics(against: set, score: position),
          selective: classified.riskCoverage(with: set.images, score: position))
      }
      return DetectorReport(
        name: name, score: score, idAccuracy: agreement?.accuracy, idAccuracyImages: agreement?.images ?? 0,
        idImages: inside.images.count,
        idFlagged: position == 0 ? inside.flaggedShare : nil, ood: sets,
        mean: DetectionMetrics(meanOf: sets.map(\.metrics)),
        selective: classified.riskCoverage(score: position),
        accepted: position == 0 ? try AcceptedShare.all(classified, of: detector.guarded.metadata) : nil,
        shifted: position == 0 && !moved.isEmpty ? shiftedReports : nil)
    }
  }
}
