import OddityModel

/// What labelled calibration images tell of the classifier's accuracy.
struct FittedAccuracy {
  /// At which confidence is calibrated.
  let temperature: Double
  /// Nil where no signatures were made, and where the classifier is right about all images or none.
  let learned: LearnedAccuracy?

  /// More images make a temperature no better that is worth their memory.
  private static let mostOfTemperature = 4_096

  /// - Returns: nil where calibration images have no source of their own, since the classifier may then have been trained on them; where
  ///   the true classes of too few are known; and where the classes are no softmax.
  init?(_ setup: FitSetup, _ observations: Observations) async throws {
    let truths = observations.calibrationTruths
    guard observations.hasCalibrationSource, setup.head == .softmax, setup.classifier.classes > 1,
      truths.count(where: { $0 != nil }) >= LearnedAccuracy.leastImages
    else { return nil }
    let predicted = observations.predictedClasses(.calibrate)
    let layout = setup.probe.layout
    let logits = layout.range(of: .logits) ?? 0..<0
    let form = setup.signatureReplays(observations.inputs).form
    var images: [(answers: [Float], isRight: Bool?)] = []
    var known: [(logits: [Double], truth: Int)] = []
    try await observations.calibrate.forEachStretch(of: 256) { rows, count in
      for row in 0..<count {
        let values = rows[row * layout.width..<(row + 1) * layout.width]
        let own = values.dropFirst(logits.lowerBound).prefix(logits.count)
        let truth = truths[images.count]
        if let truth, known.count < Self.mostOfTemperature { known.append((own.map { Double($0) }, truth)) }
        let answers = form.answers(norms: values.prefix(setup.candidates.count), logits: own)
        images.append((answers, truth.map { $0 == predicted[images.count] }))
      }
    }
    temperature = CalibratingTemperature.fit(logits: known.map(\.logits), truth: known.map(\.truth))
    learned = try LearnedAccuracy(images, copies: Self.copies(setup, observations))
  }

  /// Faulty and noisy copies of calibration images whose classes are known, of faults that change pictures: numbers that no picture has teach
  /// nothing about pictures.
  private static func copies(
    _ setup: FitSetup, _ observations: Observations
  ) -> [LearnedAccuracy.FaultyCopies] {
    let replays = setup.signatureReplays(observations.inputs)
    let truths = observations.truthByKey
    let entries = observations.signatures.entries.filter { !$0.replays.isEmpty }.sorted { $0.key < $1.key }
    return replays.replays.enumerated().compactMap { place, replay in
      guard replay.changesPictures else { return nil }
      let examples = entries.compactMap { entry -> CorrectnessModel.Example? in
        let copy = entry.replays[place]
        guard let truth = truths[entry.key], copy.isPredictionKnown else { return nil }
        return CorrectnessModel.Example(
          answers: Array(copy.values[replays.form.answers]), isRight: copy.classIndex == truth)
      }
      return examples.isEmpty ? nil : LearnedAccuracy.FaultyCopies(replay.fault, examples)
    }
  }
}

extension Observations {
  /// The true class of each calibration image, in the order of their rows; nil where it is not known, and of copies of images that
  /// were fitted on, on which the classifier may have been trained.
  fileprivate var calibrationTruths: [Int?] {
    let fitted = fittedContents
    return images.filter { $0.part == .calibrate }.map { $0.truthOfNewImage(fitted) }
  }

  /// The same by the images' keys.
  fileprivate var truthByKey: [UInt64: Int] {
    let fitted = fittedContents
    return images.reduce(into: [:]) { truths, image in
      guard image.part == .calibrate, let truth = image.truthOfNewImage(fitted) else { return }
      truths[image.key] = truth
    }
  }
}

extension Observations.Image {
  fileprivate func truthOfNewImage(_ fitted: Set<UInt64>) -> Int? {
    truth < 0 || fitted.contains(contentHash) ? nil : Int(truth)
  }
}
