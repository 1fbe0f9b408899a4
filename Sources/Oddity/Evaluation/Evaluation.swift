import Imaging

/// Measures a detector on a set of ID images and sets of OOD images.
public struct Evaluation: Sendable {
  /// A set of OOD images with the name that the table gives it.
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
  /// Images that could not be used, each with the reason.
  public let failures: [ImagingError]

  /// Scores all sets, each in one pass.
  ///
  /// - Parameters:
  ///   - name: what the reports call the detector.
  ///   - labels: how the ID images' true classes are found; labels of OOD images are ignored.
  /// - Throws: ``OddityError`` `.badData` for an empty set, a label outside the classes or a NaN score.
  public init(
    of detector: Detector, name: String, inDistribution: any ImageSource, outOfDistribution: [OODSet],
    labels: TrueLabels
  ) async throws {
    let truth = try labels.truth(of: inDistribution)
    let known = Dictionary(
      zip(inDistribution.items.map(\.name), truth), uniquingKeysWith: { first, _ in first })
    let inside = try await ScoredSet(inDistribution, by: detector)
    var outside: [ScoredSet] = []
    for set in outOfDistribution { outside.append(try await ScoredSet(set.source, by: detector)) }
    let accuracy = Accuracy.share(
      predicted: inside.images.map(\.classIndex), truth: inside.images.map { known[$0.item.name] ?? nil })
    failures = inside.failures + outside.flatMap(\.failures)
    reports = try detector.guarded.metadata.scores.enumerated().map { position, score in
      let sets = try zip(outOfDistribution, outside).map { set, scored in
        SetReport(
          name: set.name, images: scored.images.count, flagged: position == 0 ? scored.flaggedShare : nil,
          metrics: MetricValues(try inside.metrics(against: scored, score: position, name: set.name)))
      }
      return DetectorReport(
        name: name, score: score, idAccuracy: accuracy, idImages: inside.images.count,
        idFlagged: position == 0 ? inside.flaggedShare : nil, ood: sets,
        mean: MetricValues(meanOf: sets.map(\.metrics)))
    }
  }
}

/// A set's images with their scores.
private struct ScoredSet {
  var images: [ScoredImage] = []
  var failures: [ImagingError] = []
  let description: String

  init(_ source: any ImageSource, by detector: Detector) async throws {
    description = source.description
    var images: [ScoredImage] = []
    var failures: [ImagingError] = []
    try await detector.score(source) { outcome in
      switch outcome.result {
      case .success(let image): images.append(image)
      case .failure(let error): failures.append(error)
      }
    }
    guard !images.isEmpty else {
      throw OddityError(
        .badData,
        "\(source.description): not one image could be scored" + (failures.first.map { "; \($0)" } ?? ""))
    }
    (self.images, self.failures) = (images, failures)
  }

  var flaggedShare: Double { Double(images.count { $0.isOutlier }) / Double(images.count) }

  func metrics(against other: ScoredSet, score: Int, name: String) throws(OddityError) -> DetectionMetrics {
    if let unknown = (images + other.images).first(where: { $0.scores[score].isNaN }) {
      throw OddityError(
        .badData,
        "the score of \(unknown.item.name) is not a number (NaN): leave the image out to measure the rest")
    }
    do {
      return try DetectionMetrics(
        inDistribution: images.map { $0.scores[score] },
        outOfDistribution: other.images.map { $0.scores[score] })
    } catch {
      throw OddityError(error.code, "\(description) against \(name): \(error.message)", underlying: error)
    }
  }
}
