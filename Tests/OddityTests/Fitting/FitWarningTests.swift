import Testing

@testable import OddityFiles
@testable import OddityFit
@testable import OddityScores
@testable import OddityStatistics

/// When `fit` warns that FeatureNorm does not work, from scores of images and of their own jigsaws.
struct FitWarningTests {
  @Test func noBetterThanChanceIsSaid() throws {
    let warning = FitWarning.featureNorm(try auroc(gap: 0), against: [(.energy, try auroc(gap: 0))])
    #expect(warning?.code == .featureNormAtChance && warning?.text.contains("not expected to help") == true)
    #expect(warning?.text.contains("`scores: auto`") == true)
  }

  @Test func nearlyAllOfManyImagesInOneClassAreSaid() {
    let warning = FitWarning.onePrediction([1, 198, 1], labels: ["a", "b", "c"])
    #expect(
      warning?.code == .oneClassPredicted
        && warning?.text.contains("198 of 200 images are predicted as 'b'") == true)
    for ordinary in [[3, 197, 0], [0, 99, 0], [200]] {
      #expect(FitWarning.onePrediction(ordinary, labels: nil) == nil, "\(ordinary)")
    }
  }

  @Test func theWayOutOfChanceIsNamed() throws {
    let rivals: [FitWarning.Rival] = [(.energy, try auroc(gap: 1)), (.msp, try auroc(gap: 2))]
    let warning = FitWarning.featureNorm(try auroc(gap: 0), against: rivals)
    #expect(warning?.text.hasSuffix("take it with `scores: msp`") == true)
  }

  @Test func aReversedSignIsSaid() throws {
    let warning = FitWarning.featureNorm(try auroc(gap: -3), against: [(.energy, try auroc(gap: -3))])
    #expect(warning?.code == .featureNormReversed && warning?.text.contains("no better than") == false)
    #expect(
      warning?.text.contains("no score measured beside it does better than chance: energy (0.0") == true)
    let helped = FitWarning.featureNorm(try auroc(gap: -3), against: [(.energy, try auroc(gap: 1))])
    #expect(helped?.text.hasSuffix("take it with `scores: energy`") == true)
  }

  @Test func reversedScoresNameOneThatIsNot() throws {
    let (energy, msp) = try (auroc(gap: -1), auroc(gap: 1))
    let reports = [ScoreReport(.energy, auroc: energy)]
    let warning = FitWarning.reversed(reports, kind: "jigsaw", measured: [(.energy, energy), (.msp, msp)])
    #expect(warning?.code == .scoresReversed && warning?.text.hasSuffix("take it with `scores: msp`") == true)
    let alone = FitWarning.reversed(reports, kind: "jigsaw", measured: [(.energy, energy)])
    #expect(alone?.text.contains("`scores: auto`") == true)
  }

  @Test func energyThatIsClearlyBetterIsSaid() throws {
    let warning = FitWarning.featureNorm(try auroc(gap: 1), against: [(.energy, try auroc(gap: 3))])
    #expect(warning?.text.contains("Energy is expected to do better") == true)
  }

  @Test func theBestOfSeveralIsRecommended() throws {
    let (energy, knn) = try (auroc(gap: 2), auroc(gap: 3))
    let warning = FitWarning.featureNorm(
      try auroc(gap: 1), against: [(.energy, energy), (ScoreName(.plain("knn")), knn), (.msp, energy)])
    #expect(warning?.text.contains("take it with `scores: knn`, or let") == true)
    let equal = FitWarning.featureNorm(try auroc(gap: 1), against: [(.energy, energy), (.msp, energy)])
    #expect(equal?.text.contains("take it with `scores: energy`, or let") == true)
  }

  @Test func aScoreThatIsCalibratedAlreadyIsNotRecommended() throws {
    let rivals: [FitWarning.Rival] = [(.energy, try auroc(gap: 2)), (.msp, try auroc(gap: 3))]
    #expect(FitWarning.featureNorm(try auroc(gap: 1), against: rivals, calibrated: .msp) == nil)
  }

  /// `auto` has compared all scores, with more kinds of pseudo-OOD images.
  @Test func besideWhatAutoChoseNoOtherScoreIsRecommended() throws {
    let rivals: [FitWarning.Rival] = [(.energy, try auroc(gap: 2))]
    func warning(gap: Double) throws -> Warning? {
      FitWarning.featureNorm(try auroc(gap: gap), against: rivals, calibrated: .fusion, isChosen: true)
    }
    #expect(try warning(gap: 1) == nil)
    for gap in [0, -3.0] {
      #expect(
        try warning(gap: gap)?.text.hasSuffix(
          "; you need not do anything: auto chose fusion, and images are flagged by that score") == true)
    }
    let itself = FitWarning.featureNorm(try auroc(gap: 0), against: rivals, isChosen: true)
    #expect(itself?.text.hasSuffix("; auto chose it by other kinds of pseudo-OOD images") == true)
    let energy = try auroc(gap: -1)
    let reversed = FitWarning.reversed(
      [ScoreReport(.energy, auroc: energy)], kind: "jigsaw", measured: rivals, chosen: .fusion)
    #expect(
      reversed?.text.hasSuffix(
        "; you need not do anything: auto chose fusion, and images are flagged by that score")
        == true)
  }

  @Test func aDifferenceWithinTheIntervalIsNot() throws {
    #expect(
      FitWarning.featureNorm(try auroc(gap: 2, seed: 1), against: [(.energy, try auroc(gap: 2, seed: 2))])
        == nil)
    #expect(FitWarning.featureNorm(try auroc(gap: 3), against: [(.energy, try auroc(gap: 1))]) == nil)
  }

  @Test func whatCouldNotBeMeasuredIsSaid() throws {
    #expect(
      FitWarning.featureNorm(nil, against: [(.energy, try auroc(gap: 1))])?.text.contains(
        "could not be compared")
        == true)
  }

  /// 400 images whose scores are `gap` standard deviations above those of their jigsaws.
  private func auroc(gap: Double, seed: UInt64 = 3) throws -> PairedAUROC {
    var random = SplitMix64(seed: seed)
    return try PairedAUROC(
      inDistribution: (0..<400).map { _ in Float(gap + random.nextNormal()) },
      pseudoOOD: (0..<400).map { _ in Float(random.nextNormal()) })
  }
}
