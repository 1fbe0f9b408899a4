import Imaging
import OddityScores

/// Whether photographs reach a classifier in the same way as its calibration images, and which fault is the
/// likeliest if not.
public struct Diagnosis: Codable, Sendable, Equatable {
  /// The overall result.
  public enum Verdict: String, Codable, Sendable {
    case healthy
    /// A fault; the likeliest is the first of ``faults``.
    case fault
    /// The images are as they should be, but in another mix of classes.
    case mix
  }

  /// A fault, and how well it explains the observations.
  public struct Candidate: Codable, Sendable, Equatable {
    public let fault: Fault
    /// The strength that fits best; nil for other images.
    public let strength: String?
    /// The share of the difference from calibration images that it explains, in [0, 1], minus what chance
    /// explains; nil for other images, which explain nothing.
    public let explained: Double?

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(fault, forKey: .fault)
      try container.encode(strength, forKey: .strength)
      try container.encode(explained, forKey: .explained)
    }
  }

  public let verdict: Verdict
  /// The number of photographs that were examined.
  public let images: Int
  /// The number of calibration images that they were compared with.
  public let calibrationImages: Int
  /// The p-value of an exact permutation test of the hypothesis that photographs are like calibration images.
  public let pValue: Double
  /// The p-value among images of the same predicted class; nil if too few classes have images in both groups.
  public let pValueWithinClasses: Double?
  /// The p-value of the hypothesis that the predicted classes are as frequent as in calibration.
  public let pValueOfClasses: Double
  /// The faults, the likeliest first; empty unless the verdict is a fault.
  public let faults: [Candidate]
  /// The number of photographs that could not be used.
  public let failures: Int
  public let warnings: [Warning]

  private enum CodingKeys: String, CodingKey {
    case verdict, images
    case calibrationImages = "calibration_images"
    case pValue = "p_value"
    case pValueWithinClasses = "p_value_within_classes"
    case pValueOfClasses = "p_value_of_classes"
    case faults, failures, warnings
  }

  /// The probability that healthy images are called faulty.
  public static let level = 0.01
  /// Fewer photographs are not enough for a diagnosis.
  public static let leastImages = 16
  /// With fewer photographs, weak faults go unnoticed.
  public static let enoughImages = 64

  /// How many photographs to compare with calibration images: a quarter as many, but at least 64, because
  /// fewer miss weak faults.
  ///
  /// With as many photographs as calibration images, half of the random difference would come from the
  /// calibration images, which are always the same. If these happen to be unusual, healthy photographs would
  /// be called faulty every time.
  static func photos(against stored: StoredSignatures) -> Int { max(enoughImages, stored.images.count / 4) }

  /// - Parameter failed: the photographs that could not be used.
  /// - Throws: ``OddityError`` `.badData` for too few photographs, `.libraryMissing` without OpenBLAS.
  package init(
    _ photos: [ImageSignature], failed: [ImagingError] = [], against stored: StoredSignatures, seed: UInt64
  ) throws(OddityError) {
    let unusable = InputWarning.unusable(failed)
    guard photos.count >= Self.leastImages else {
      throw OddityError(
        .badData,
        "\(photos.count) images are too few to diagnose: pass at least \(Self.leastImages), better \(Self.enoughImages)"
          + (unusable.map { "; \($0.text)" } ?? ""))
    }
    let test = try HealthTest(photos, against: stored, seed: seed)
    let candidates = test.pValue > Self.level ? [] : try FaultRanking(photos, against: stored).candidates
    let isExplained = candidates.first?.explained.map { $0 > 0.5 } ?? false
    let isMix =
      !isExplained && test.pValueOfClasses <= Self.level
      && (test.pValueWithinClasses.map { $0 > Self.level } ?? false)
    verdict = test.pValue > Self.level ? .healthy : isMix ? .mix : .fault
    faults = verdict == .fault ? candidates : []
    (images, calibrationImages) = (photos.count, stored.images.count)
    (pValue, pValueWithinClasses, pValueOfClasses) = (
      test.pValue, test.pValueWithinClasses, test.pValueOfClasses
    )
    failures = failed.count
    warnings =
      Self.warnings(photos.count, stored, mayBeMix: verdict == .fault && test.cannotTellMix)
      + [unusable].compactMap(\.self)
  }

  private static func warnings(_ photos: Int, _ stored: StoredSignatures, mayBeMix: Bool) -> [Warning] {
    var warnings: [Warning] = []
    if photos < enoughImages {
      warnings.append(
        Warning(
          .fewImages,
          "with only \(photos) images a weak fault may go unnoticed: pass \(enoughImages) or more"))
    }
    if !stored.isHeldOut {
      warnings.append(
        Warning(
          .calibrationFromID,
          "a part of \(.inDistribution) calibrated this model: if the classifier was trained on these "
            + "images, new images look different although nothing is wrong; fit again with \(.calibration) "
            + "images that the classifier has not seen"))
    }
    if mayBeMix {
      warnings.append(
        Warning(
          .mixUntold,
          "the predicted classes are not as frequent as among the calibration images, and there are too few "
            + "images per class to tell whether this is a fault or only another mix of classes; pass images "
            + "in the usual mix"))
    }
    return warnings
  }
}

extension Detector {
  /// Whether images reach the classifier in the same way as its calibration images, and which fault is the
  /// likeliest if not.
  ///
  /// The detector must measure norms (`measuresNorms: true`).
  ///
  /// - Parameters:
  ///   - source: 64 or more images of the kind that the classifier was trained on; their classes may be
  ///     unknown.
  ///   - limit: the size of a random sample, drawn with the seed. nil takes a quarter of the number of
  ///     calibration images that they are compared with, but at least 64.
  ///   - failed: called for every image that cannot be used.
  /// - Throws: ``OddityError`` `.badModel` if the model has no signatures, `.badData` for too few images,
  ///   `.usage` if the detector does not measure norms; the engine's errors.
  public func diagnose(
    _ source: any ImageSource, limit: Int? = nil, failed: (ImagingError) -> Void = { _ in }
  ) async throws -> Diagnosis {
    let stored = try guarded.signatures()
    try requireNorms(for: "a diagnosis")
    let seed = guarded.metadata.seed
    let positions = Sample.positions(
      ids: source.items.map(\.id), limit: limit ?? Diagnosis.photos(against: stored), seed: seed)
    var photos: [ImageSignature] = []
    var failures: [ImagingError] = []
    try await signatures(of: source, selecting: positions) { result in
      switch result {
      case .success(let signature): photos.append(signature)
      case .failure(let error):
        failures.append(error)
        failed(error)
      }
    }
    return try Diagnosis(photos, failed: failures, against: stored, seed: seed)
  }

  func signatures(
    of source: any ImageSource, selecting positions: [Int],
    consume: (Result<ImageSignature, ImagingError>) -> Void
  ) async throws {
    let total = positions.count
    try await measureBatch(images: total)
    let pipeline = pipeline(refusingNonFinite: true)
    let form = guarded.signatureForm
    var done = 0
    try await pipeline.run(source, selecting: positions) { batch in
      try signatures(of: batch, try await outputs(of: batch), form: form)
    } consume: { outcome in
      done += 1
      options.progress(Progress(task: "diagnosing", done: done, total: total))
      consume(outcome.result)
    }
  }

  func signatures(
    of batch: ImageBatch, _ outputs: Outputs, form: SignatureForm
  ) throws(OddityError) -> [ImageSignature] {
    let length = guarded.metadata.preprocessing.sampleCount
    let classes = guarded.metadata.classes
    return batch.items.indices.map { row in
      form.signature(
        tensor: batch.values[row * length..<(row + 1) * length], norms: outputs.norms.map { $0[row] },
        logits: outputs.logits[row * classes..<(row + 1) * classes])
    }
  }
}
