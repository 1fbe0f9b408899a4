import Oddity
import Testing

@Suite struct SelectionTests {
  static func ratio(_ value: Float, broken: Int = 0, of count: Int = 100) -> NormRatio {
    NormRatio(
      inDistribution: Array(repeating: 0, count: broken) + Array(repeating: value, count: count - broken),
      pseudoOOD: Array(repeating: 1, count: count))
  }

  @Test func theLargestRatioIsSelectedAndOfEqualsTheFirst() throws {
    #expect(
      try BlockSelection.selectedBlock([Self.ratio(1), Self.ratio(3), Self.ratio(3), Self.ratio(2)]) == 1)
  }

  @Test func onePercentOfDeadNormsIsAllowedAndMoreIsNot() throws {
    #expect(Self.ratio(2, broken: 1).isEligible)
    #expect(!Self.ratio(2, broken: 2).isEligible)
    #expect(!Self.ratio(2, broken: 1, of: 99).isEligible)
    #expect(try BlockSelection.selectedBlock([Self.ratio(9, broken: 2), Self.ratio(1)]) == 1)
  }

  @Test func withoutAnEligibleBlockNothingIsSelected() throws {
    for ratios in [[], [Self.ratio(2, broken: 50)]] {
      let error = try #require(throws: OddityError.self) { try BlockSelection.selectedBlock(ratios) }
      #expect(error.code == .noBlocks)
    }
  }

  @Test(arguments: [Float.nan, .infinity, 0, -1])
  func aPairWithoutAMeaningfulRatioIsLeftOut(norm: Float) {
    let good = [Float](repeating: 4, count: 3)
    for ratio in [
      NormRatio(inDistribution: good + [norm], pseudoOOD: [2, 2, 2, 2]),
      NormRatio(inDistribution: good + [4], pseudoOOD: [2, 2, 2, norm]),
    ] {
      #expect(ratio.meanOfRatios == 2 && ratio.ratioOfMeans == 2)
      #expect(ratio.interval == ConfidenceInterval(lower: 2, upper: 2))
      #expect(ratio.usedImages == 3 && ratio.excludedImages == 1 && !ratio.isEligible)
    }
  }

  @Test func oneImageGivesAnUnboundedInterval() {
    let ratio = NormRatio(inDistribution: [3], pseudoOOD: [2])
    #expect(ratio.meanOfRatios == 1.5)
    #expect(ratio.interval == ConfidenceInterval(lower: -.infinity, upper: .infinity))
  }

  @Test func noImagesGiveNoRatio() {
    let ratio = NormRatio(inDistribution: [], pseudoOOD: [])
    #expect(ratio.meanOfRatios.isNaN && ratio.ratioOfMeans.isNaN && !ratio.isEligible)
  }

  @Test func aClearWinnerIsStableAndTheRunnerUpIsTheNextBest() {
    var norms = PairedNorms(blockCount: 3)
    for image in 0..<50 {
      let noise = Float(image % 5) / 100
      norms.append(image: [1 + noise, 3 + noise, 2 + noise], pseudo: [1, 1, 1])
    }
    let stability = SelectionStability(norms: norms, selected: 1, seed: 0, resamples: 200)
    #expect(stability.share == 1)
    #expect(stability.runnerUp == 2)
  }

  @Test func twoLikeBlocksShareTheResamples() {
    var generator = SplitMix64(seed: 17)
    var norms = PairedNorms(blockCount: 2)
    for _ in 0..<400 {
      norms.append(image: [1, 1].map { Float($0 + generator.nextUnit()) }, pseudo: [1, 1])
    }
    let stability = SelectionStability(norms: norms, selected: 0, seed: 0, resamples: 400)
    #expect(stability.share > 0.02 && stability.share < 0.98)
  }

  @Test func aSingleBlockHasNoRunnerUp() {
    var norms = PairedNorms(blockCount: 1)
    norms.append(image: [2], pseudo: [1])
    let stability = SelectionStability(norms: norms, selected: 0, seed: 0, resamples: 10)
    #expect(stability.share == 1 && stability.runnerUp == nil)
  }
}
