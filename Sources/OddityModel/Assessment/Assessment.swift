import Imaging
import OddityScores

/// The assessment of a batch of images without labels: whether it has shifted, how much of it is strange, and
/// which accuracy to expect on it.
public struct Assessment: Codable, Sendable, Equatable {
  /// The number of images in the batch.
  public let images: Int
  /// The share of images that are flagged as outliers, and the rate at which in-distribution images are
  /// flagged.
  public let flagged: Double
  public let alpha: Double
  public let shift: Shift
  public let strange: Strange
  /// The expected accuracy on images that are not flagged, provided that they all show classes of the
  /// classifier; nil if it is unknown.
  public let accuracyOfAccepted: AccuracyEstimate?
  /// The expected accuracy on all images, under the same condition; nil if it is unknown.
  public let accuracy: AccuracyEstimate?
  /// Why the accuracy is unknown; nil if it is known.
  public let accuracyWithheld: String?
  /// The groups of flagged images, the largest first.
  public let groups: [StrangeGroup]
  /// The results of the requested gates, in the order of ``AssessmentGates``.
  public internal(set) var gates: [AssessmentGates.Result] = []
  /// Images that could not be used.
  public internal(set) var failures = 0
  public internal(set) var warnings: [Warning] = []
  /// The calibrated score of each image.
  package private(set) var scores: [Float] = []

  /// Whether the batch passes all requested gates.
  public var passes: Bool { gates.allSatisfy(\.passes) }

  /// Whether a batch looks to the model like its calibration images.
  public struct Shift: Codable, Sendable, Equatable {
    /// The p-value of both tests together.
    public let pValue: Double
    /// The p-value of an exact permutation test of the scores.
    public let pValueOfScores: Double
    /// The p-value of the same test for signatures, as in ``Diagnosis``; nil if the model has no signatures,
    /// or if fewer than ``leastImages`` images have finite values.
    public let pValueOfSignatures: Double?
    /// log10 of the wealth of a ``StreamMartingale`` that saw the images in random order. Without a shift it
    /// exceeds x with a probability of at most 10^−x.
    public let log10Wealth: Double

    private enum CodingKeys: String, CodingKey {
      case pValue = "p_value"
      case pValueOfScores = "p_value_of_scores"
      case pValueOfSignatures = "p_value_of_signatures"
      case log10Wealth = "log10_wealth"
    }
  }

  /// Images that are not in-distribution. Their exact share cannot be known.
  public struct Strange: Codable, Sendable, Equatable {
    /// The least number of strange images, and the least share, with 95 % confidence.
    public let imagesAtLeast: Int
    public let shareAtLeast: Double

    private enum CodingKeys: String, CodingKey {
      case imagesAtLeast = "images_at_least"
      case shareAtLeast = "share_at_least"
    }
  }

  private enum CodingKeys: String, CodingKey {
    case images, flagged, alpha, shift, strange
    case accuracyOfAccepted = "accuracy_of_accepted"
    case accuracy
    case accuracyWithheld = "accuracy_withheld"
    case groups, gates, failures, warnings
  }

  /// Fewer images are not enough for an assessment.
  public static let leastImages = 16
  static let confidence = 0.95
}

extension Assessment {
  /// One image of the batch.
  struct Observed: Sendable {
    let image: ScoredImage
    let position: Int
    let signature: ImageSignature
    /// Whether its values, its score and its confidence are finite. If not, the signature means nothing.
    let isFinite: Bool
  }

  /// - Parameter observed: at least ``leastImages``.
  /// - Throws: ``OddityError`` `.badModel` if a part of the model is damaged, or if the model does not
  ///   contain its calibration scores; `.libraryMissing` without OpenBLAS.
  init(_ observed: [Observed], of guarded: GuardedModel) throws(OddityError) {
    guard let sample = try guarded.calibrationSample() else {
      throw OddityError(
        .badModel,
        "\(guarded.model.name) does not carry its calibration scores, since an earlier Oddity fitted it: fit it again"
      )
    }
    // A score that is not finite counts as the lowest one, as in the verdict.
    let scores = observed.map { $0.image.score.isFinite ? $0.image.score : .nan }
    images = observed.count
    flagged = Double(observed.count(where: \.image.isOutlier)) / Double(observed.count)
    alpha = Double(guarded.metadata.alpha) ?? .nan
    shift = try Shift(observed, scores: scores, of: guarded, sample: sample)
    let share = StrangeShare(scores, calibrationScores: sample.scores, confidence: Self.confidence)
    strange = Strange(imagesAtLeast: share.atLeast, shareAtLeast: share.share)
    let expected = try ExpectedAccuracy(observed, of: guarded, sample: sample)
    (accuracyOfAccepted, accuracy) = (expected.ofAccepted, expected.ofAll)
    accuracyWithheld = expected.withheld
    self.scores = scores
    groups = StrangeGroup.all(observed.filter(\.image.isOutlier), seed: guarded.metadata.seed)
  }
}

extension Assessment.Shift {
  fileprivate init(
    _ observed: [Assessment.Observed], scores: [Float], of guarded: GuardedModel, sample: CalibrationSample
  ) throws(OddityError) {
    let seed = guarded.metadata.seed
    let ofScores = ScoreShift(scores, calibrationScores: sample.scores, seed: seed).pValue
    pValueOfScores = ofScores
    if guarded.carriesSignatures {
      let finite = observed.filter(\.isFinite)
      let signatures = try guarded.signatures()
      var random = SplitMix64(seed: seed)
      let chosen = random.nextPermutation(count: finite.count).prefix(Diagnosis.photos(against: signatures))
      pValueOfSignatures =
        finite.count < Assessment.leastImages
        ? nil
        : try HealthTest.pValue(
          chosen.map { finite[$0].signature }, against: signatures, seed: seed)
    } else {
      pValueOfSignatures = nil
    }
    // Bonferroni correction, because one of the two tests may find a shift by chance.
    pValue = pValueOfSignatures.map { min(1, 2 * min($0, ofScores)) } ?? ofScores
    var martingale = StreamMartingale(ScoreBins(sample.scores), seed: seed)
    var random = SplitMix64(seed: seed ^ UInt64(scores.count))
    for position in random.nextPermutation(count: scores.count) { martingale.observe(scores[position]) }
    log10Wealth = martingale.state.logWealth / 2.302585092994046
  }
}

/// The observations of a batch.
package struct ObservedBatch: Sendable {
  fileprivate(set) var images: [Assessment.Observed] = []
  fileprivate(set) var failures: [ImagingError] = []

  /// A warning if some images contain values that are not finite, or lead to such scores.
  fileprivate var notFinite: Warning? {
    let count = images.count { !$0.isFinite }
    guard count > 0 else { return nil }
    return Warning(
      .valuesNotFinite,
      "\(count == 1 ? "1 image has" : "\(count) images have") values, scores or logits that are not finite "
        + "numbers: the test of signatures leaves these images out, and they count as wrongly classified; "
        + "find out where such values come from")
  }

  fileprivate mutating func append(_ image: ScoredImage, _ signature: ImageSignature, _ position: Int) {
    let isFinite = image.score.isFinite && image.confidence.isFinite
    images.append(.init(image: image, position: position, signature: signature, isFinite: isFinite))
  }
}

extension Detector {
  /// Assesses images whose classes are unknown.
  ///
  /// The detector must measure norms (`measuresNorms: true`).
  ///
  /// - Parameters:
  ///   - source: 16 images or more; some hundreds give much better results.
  ///   - gates: limits that the batch must keep.
  ///   - failed: called for every image that cannot be used.
  /// - Throws: ``OddityError`` `.badModel` if the model does not contain its calibration scores, `.badData`
  ///   for too few images, `.usage` if the detector does not measure norms; the engine's errors.
  public func assess(
    _ source: any ImageSource, gates: AssessmentGates = AssessmentGates(),
    failed: (ImagingError) -> Void = { _ in }
  ) async throws -> Assessment {
    try requireNorms(for: "an assessment")
    var batch = ObservedBatch()
    try await observe(source) { position, result in
      switch result {
      case .success(let (image, signature)):
        batch.append(image, signature, position)
      case .failure(let error):
        batch.failures.append(error)
        failed(error)
      }
    }
    return try assessment(of: batch, gates: gates)
  }

  /// Observes images that are decoded already.
  ///
  /// - Parameter inputs: a failure stands for an image that cannot be used.
  /// - Throws: the engine's errors.
  package func observe(_ inputs: [Result<Input, ImagingError>]) async throws -> ObservedBatch {
    try requireNorms(for: "an assessment")
    var batch = ObservedBatch()
    var usable: [(position: Int, input: Input)] = []
    for (position, input) in inputs.enumerated() {
      switch input {
      case .success(let input): usable.append((position, input))
      case .failure(let error): batch.failures.append(error)
      }
    }
    let size = options.batchSize(of: model, sampleCount: guarded.metadata.preprocessing.sampleCount)
    let form = guarded.signatureForm
    for start in stride(from: 0, to: usable.count, by: size) {
      let part = usable[start..<min(start + size, usable.count)]
      let images = self.batch(of: part.map(\.input))
      for (place, (image, signature)) in zip(part, try await found(in: images, form: form)) {
        batch.append(image, signature, place.position)
      }
    }
    return batch
  }

  /// The assessment of an observed batch. It computes for seconds, so do not call it on a thread that others
  /// wait for.
  ///
  /// - Throws: as ``assess(_:gates:failed:)``.
  package func assessment(of batch: ObservedBatch, gates: AssessmentGates) throws(OddityError) -> Assessment {
    guard batch.images.count >= Assessment.leastImages else {
      let unusable = InputWarning.unusable(batch.failures).map { "; \($0.text)" } ?? ""
      throw OddityError(
        .badData,
        "\(batch.images.count) images are too few to assess: pass at least \(Assessment.leastImages)\(unusable)"
      )
    }
    var assessment = try Assessment(batch.images, of: guarded)
    assessment.failures = batch.failures.count
    assessment.warnings =
      assessment.doubts(of: guarded)
      + [batch.notFinite, InputWarning.unusable(batch.failures)].compactMap(\.self)
    assessment.gates = gates.results(assessment)
    return assessment
  }

  private func found(
    in batch: ImageBatch, form: SignatureForm
  ) async throws -> [(ScoredImage, ImageSignature)] {
    let outputs = try await outputs(of: batch)
    return Array(zip(scoredImages(batch, outputs), try signatures(of: batch, outputs, form: form)))
  }

  private func observe(
    _ source: any ImageSource,
    consume: (_ position: Int, Result<(ScoredImage, ImageSignature), ImagingError>) -> Void
  ) async throws {
    let total = source.items.count
    try await measureBatch(images: total)
    let form = guarded.signatureForm
    var done = 0
    try await pipeline().run(source, selecting: nil) { batch in
      try await found(in: batch, form: form)
    } consume: { outcome in
      done += 1
      options.progress(Progress(task: "assessing", done: done, total: total))
      consume(outcome.position, outcome.result)
    }
  }
}

extension Assessment {
  /// Warnings that limit what the numbers mean.
  fileprivate func doubts(of guarded: GuardedModel) -> [Warning] {
    [fewFlagged(by: guarded.metadata), Self.calibrationFromID(guarded)].compactMap(\.self)
  }

  /// A warning that far fewer images are flagged than in calibration. The batch then differs from the
  /// calibration images in the direction opposite to the one that a score looks for.
  private func fewFlagged(by metadata: GuardMetadata) -> Warning? {
    // With calibration by class, each class has its own rank, which may be missing.
    guard metadata.calibrationGroups == nil, metadata.calibrationRank > 0 else { return nil }
    let (rank, known) = (metadata.calibrationRank, metadata.calibrationSize)
    let rate = BetaDistribution(a: Double(rank), b: Double(known + 1 - rank))
    let count = Int((flagged * Double(images)).rounded())
    let probability = 1 - BetaBinomialDistribution(count: images, rate: rate).tail(from: count + 1)
    guard probability <= Self.improbable else { return nil }
    return Warning(
      .fewFlagged,
      "\(Numbers.percent(flagged, 1)) of the images are flagged, where "
        + "\(Numbers.percent(Double(rank) / Double(known + 1), 1)) of in-distribution images are: the batch "
        + "scores higher than the calibration images, so strange images in it may go unnoticed; fit with "
        + "images of this kind, or with another score"
    )
  }

  private static let improbable = 0.001

  private static func calibrationFromID(_ guarded: GuardedModel) -> Warning? {
    guard let signatures = try? guarded.signatures(), !signatures.isHeldOut else { return nil }
    return Warning(
      .calibrationFromID,
      "a part of \(.inDistribution) calibrated this model: if the classifier was trained on these images, "
        + "new images look shifted although nothing is wrong; fit again with \(.calibration) images that the "
        + "classifier has not seen")
  }
}
