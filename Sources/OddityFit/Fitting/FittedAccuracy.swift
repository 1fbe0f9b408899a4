import OddityModel

/// What labelled calibration images reveal about the classifier's accuracy.
struct FittedAccuracy {
  /// The temperature at which confidence is calibrated.
  let temperature: Double
  /// nil if no signatures were made, if the classifier is right about all images or about none, and without
  /// OpenBLAS.
  let learned: LearnedAccuracy?

  /// More images do not improve a temperature enough to justify their memory.
  private static let mostOfTemperature = 4_096

  /// - Returns: nil if calibration images have no separate source, because the classifier may then have been
  ///   trained on them; if too few true classes are known; and if the head is not a softmax.
  init?(_ setup: FitSetup, _ observations: Observations) async throws {
    let calibrated = observations.calibratedImages
    let truths = calibrated.map(\.truth)
    guard observations.hasCalibrationSource, setup.head == .softmax, setup.classifier.classes > 1,
      truths.count(where: { $0 != nil }) >= LearnedAccuracy.leastImages
    else { return nil }
    let predicted = observations.predictedClasses(.calibrate)
    let layout = setup.probe.layout
    let logits = layout.range(of: .logits) ?? 0..<0
    let replays = setup.signatureReplays(observations.inputs)
    var images: [(answers: [Float], isRight: Bool?)] = []
    let labelled = truths.indices.filter { truths[$0] != nil }
    let step = max(1, (labelled.count + Self.mostOfTemperature - 1) / Self.mostOfTemperature)
    // The sample is spread evenly, because images of a class may be adjacent.
    let sampled = Set(stride(from: 0, to: labelled.count, by: step).map { labelled[$0] })
    var known: [(logits: [Double], truth: Int)] = []
    try await observations.calibrate.forEachStretch(of: 256) { rows, count in
      for row in 0..<count {
        let values = rows[row * layout.width..<(row + 1) * layout.width]
        let own = values.dropFirst(logits.lowerBound).prefix(logits.count)
        let truth = truths[images.count]
        if let truth, sampled.contains(images.count) { known.append((own.map { Double($0) }, truth)) }
        let answers = replays.form.answers(norms: values.prefix(setup.candidates.count), logits: own)
        images.append((answers, truth.map { $0 == predicted[images.count] }))
      }
    }
    temperature = CalibratingTemperature.fit(logits: known.map(\.logits), truth: known.map(\.truth))
    learned = try Self.learned(
      images, copies: Self.copies(of: observations.signatures.entries, replays, Self.truthByKey(calibrated)))
  }

  /// - Returns: nil without OpenBLAS, so that a fit of scores that do not need it does not fail.
  private static func learned(
    _ images: [(answers: [Float], isRight: Bool?)], copies: [LearnedAccuracy.FaultyCopies]
  ) throws -> LearnedAccuracy? {
    do {
      return try LearnedAccuracy(images, copies: copies)
    } catch {
      guard error.code == .libraryMissing else { throw error }
      return nil
    }
  }

  /// Copies of calibration images with known classes, with noise and with faults that change pictures. Faults
  /// that change only the numbers are left out.
  private static func copies(
    of entries: [SignatureSample.Entry], _ replays: SignatureReplays, _ truths: [UInt64: Int]
  ) -> [LearnedAccuracy.FaultyCopies] {
    // If several machines have replayed faults, only as many copies as from one machine are used.
    let sorted = entries.sorted { $0.key < $1.key }
    let replayed = sorted.filter { !$0.replays.isEmpty }
      .prefix(SignatureSample.Sizes(images: sorted.count).replayed)
    return replays.replays.enumerated().compactMap { place, replay in
      guard replay.changesPictures else { return nil }
      let examples = replayed.compactMap { entry -> CorrectnessModel.Example? in
        let copy = entry.replays[place]
        guard let truth = truths[entry.key] else { return nil }
        return CorrectnessModel.Example(
          answers: Array(copy.values[replays.form.answers]), isRight: copy.classIndex == truth)
      }
      return examples.isEmpty ? nil : LearnedAccuracy.FaultyCopies(replay.fault, examples)
    }
  }

  /// The true classes by the keys of the images. Rows of several arrays may share a key. If their classes
  /// differ, they are left out.
  private static func truthByKey(_ images: [(key: UInt64, truth: Int?)]) -> [UInt64: Int] {
    let known = images.compactMap { image in image.truth.map { (image.key, Set([$0])) } }
    return Dictionary(known, uniquingKeysWith: { $0.union($1) })
      .compactMapValues { $0.count == 1 ? $0.first : nil }
  }
}

extension Observations {
  /// The calibration images with their true classes, in the order of their rows. The class is nil if it is
  /// unknown, and for copies of images of the fit, on which the classifier may have been trained.
  fileprivate var calibratedImages: [(key: UInt64, truth: Int?)] {
    let fitted = fittedContents
    return images.filter { $0.part == .calibrate }.map {
      ($0.key, $0.truth < 0 || fitted.contains($0.contentHash) ? nil : Int($0.truth))
    }
  }
}
