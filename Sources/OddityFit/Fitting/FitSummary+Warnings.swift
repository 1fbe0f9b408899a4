import OddityModel

/// Warnings about the result of a fit.
extension FitSummary {
  /// The warnings, the most important first.
  ///
  /// - Parameter reports: the reports of the requested scores.
  func warnings(_ reports: [ScoreReport]) -> [Warning] {
    let rivals = rivals
    let found: [Warning?] = [
      accuracy, onePrediction,
      FitWarning.faulty(observations.signatures, setup.signatureReplays(observations.inputs)), uncompared,
      wanted.contains { scores.names[$0] == .featurenorm }
        ? FitWarning.featureNorm(
          measures[0].aurocs[selected], against: rivals, calibrated: scores.names[0],
          isChosen: chosen != nil) : nil,
      noBlock.map {
        Warning(
          .noBlock, "\($0.message); the fitted scores need no block, so ignore the one that is reported")
      },
      FitWarning.reversed(reports, kind: measures[0].kind.name, measured: rivals, chosen: chosen),
      FitWarning.probabilities(observations.logitRange, named: setup.classifier.head.logits),
      FitWarning.temperature(scores.fittedTemperature(setup.options.settings)),
      FitWarning.logits(setup.form, scores: wanted.map { scores.names[$0] }),
      FitWarning.weakNetwork(
        traits, range: observations.logitRange, deficit: confidenceDeficit, measured: learntAUROC),
      FitWarning.overlap(observations.calibrationOverlap),
      CalibrationWarning.singleGroup(calibration),
      CalibrationWarning.unflagged(calibration, labels: setup.options.labels),
      setup.options.block == .auto ? setup.classifier.singleBlockNote.map { Warning(.singleBlock, $0) } : nil,
      setup.classifier.otherHeadsNote.map { Warning(.otherHeads, $0) },
      setup.classifier.batchNote.map { Warning(.batchOfOne, $0) },
      setup.namesWarning.map { Warning(.classNamesIgnored, $0) },
    ]
    return FitWarning.leftOut(scores.leftOut) + FitWarning.constant(scores, of: wanted)
      + found.compactMap { $0 }
  }

  /// The score that `auto` chose, which rests on more evidence than a warning has; nil if `auto` was not
  /// requested, or took a score without a comparison.
  private var chosen: ScoreName? { auto.flatMap { $0.fallback == nil ? scores.names[0] : nil } }

  /// The score that `auto` chose, or otherwise a fusion, with its mean AUROC against pseudo-OOD images; nil
  /// if there is none.
  private var learntAUROC: (name: String, auroc: Double)? {
    if let best = auto?.ranking.first { return (best.name, Moments.mean(best.aurocs)) }
    return fusionReports.first.map { ($0.name, Moments.mean($0.aurocs)) }
  }

  /// By how much the classifier's accuracy on the ID images exceeds its mean confidence; nil if no true class
  /// is known.
  private var confidenceDeficit: Double? {
    agreements[0].map {
      $0.accuracy - observations.confidence.mean(ofCalibration: false, images: $0.images)
    }
  }

  /// A warning if `auto` could not compare any scores.
  private var uncompared: Warning? { auto?.uncompared.map { Warning(.autoUncompared, $0) } }

  /// The scores that FeatureNorm is compared with. Requested scores come first, so that one of them is
  /// recommended if another is only equally good.
  private var rivals: [FitWarning.Rival] {
    let beside = setup.form.scoreToCompareWith.flatMap(scores.position)
    return ([beside].compactMap { $0 } + wanted.filter { $0 != beside })
      .compactMap { position in
        guard scores.names[position] != .featurenorm else { return nil }
        return scores.aurocPseudo(position, kind: 0).map { (scores.names[position], $0) }
      }
  }

  /// If no true class is known, only the predictions can reveal that something is wrong.
  private var onePrediction: Warning? {
    guard setup.form == .softmax, agreements.allSatisfy({ $0 == nil }) else { return nil }
    return FitWarning.onePrediction(observations.classCounts, labels: setup.options.labels)
  }

  /// A warning about the ID images or, if nothing is wrong with these, about the calibration images.
  private var accuracy: Warning? {
    zip(agreements, ["\(.inDistribution) images", "calibration images"]).enumerated().lazy.compactMap {
      position, set in
      set.0.flatMap { agreement in
        AccuracyWarning.of(
          agreement,
          confidence: observations.confidence.mean(ofCalibration: position == 1, images: agreement.images),
          set: set.1, advice: AccuracyWarning.adviceForFit, labels: setup.options.labels,
          folders: observations.countedFolders)
      }
    }.first
  }
}
