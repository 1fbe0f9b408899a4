import OddityScores

/// The expected accuracy of a batch, or why it is unknown.
struct ExpectedAccuracy {
  private(set) var ofAccepted: AccuracyEstimate?
  private(set) var ofAll: AccuracyEstimate?
  private(set) var withheld: String?

  /// The widest useful interval, from its middle to an end.
  private static let widestInterval = 0.6
  private static let leastAccepted = 16

  /// - Parameter sample: the images that the model was calibrated on.
  init(
    _ observed: [Assessment.Observed], of guarded: GuardedModel, sample: CalibrationSample
  ) throws(OddityError) {
    guard guarded.metadata.confidenceTemperature != nil else {
      withheld =
        "the model was not calibrated on labelled images that are new to the classifier: fit it again with class folders as \(.calibration)"
      return
    }
    guard let learned = try guarded.learnedAccuracy() else {
      withheld =
        "the model cannot predict its accuracy, because it was fitted without signatures or without "
        + "OpenBLAS, or because its classifier was right about all calibration images or about none: fit "
        + "it again"
      return
    }
    let answers = guarded.signatureForm.answers
    // An answer that is not a number counts as wrong.
    let probabilities = observed.map {
      $0.isFinite ? learned.correctness.probability($0.signature.values[answers]) : 0
    }
    let accepted = zip(observed, probabilities).filter { !$0.0.image.isOutlier }.map(\.1)
    let known = learned.images
    let acceptedKnown = zip(known.indices, known).filter { !guarded.metadata.flags($0.0, of: sample) }.map(
      \.1)
    guard accepted.count >= Self.leastAccepted else {
      withheld = "too few images are accepted to tell: \(accepted.count)"
      return
    }
    let knownCount = acceptedKnown.count { $0.isRight != nil }
    guard knownCount >= Self.leastAccepted else {
      withheld =
        "the model accepts too few of its labelled calibration images to tell: \(knownCount)"
      return
    }
    let all = AccuracyEstimate(probabilities, against: known, transport: learned.transport)
    let own = AccuracyEstimate(
      accepted, against: acceptedKnown, transport: learned.transport, leastLoss: all.loss)
    guard own.halfWidth <= Self.widestInterval else {
      withheld = "the batch is too far from the calibration images to tell"
      return
    }
    (ofAccepted, ofAll) = (own, all)
  }
}

extension GuardMetadata {
  /// Whether the current calibration flags a calibration image.
  fileprivate func flags(_ image: Int, of sample: CalibrationSample) -> Bool {
    let score = sample.scores[image]
    guard calibrationGroups != nil, let classes = sample.classes else { return Double(score) <= threshold }
    return calibrationGroup(ofClass: classes[image])?.threshold.map { Double(score) <= $0 } ?? false
  }
}
