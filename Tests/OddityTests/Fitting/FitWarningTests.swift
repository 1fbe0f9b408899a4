import Testing

@testable import Oddity

/// When `fit` says that FeatureNorm will not do, from scores of images and of their own jigsaws.
struct FitWarningTests {
  @Test func noBetterThanChanceIsSaid() throws {
    let warning = FitWarning.featureNorm(try auroc(gap: 0), against: try auroc(gap: 0))
    #expect(warning?.contains("not expected to help") == true)
  }

  @Test func aReversedSignIsSaid() throws {
    let warning = FitWarning.featureNorm(try auroc(gap: -3), against: try auroc(gap: -3))
    #expect(warning?.contains("not expected to help") == true)
  }

  @Test func energyThatIsClearlyBetterIsSaid() throws {
    let warning = FitWarning.featureNorm(try auroc(gap: 1), against: try auroc(gap: 3))
    #expect(warning?.contains("Energy is expected to do better") == true)
  }

  @Test func aDifferenceWithinTheIntervalIsNot() throws {
    #expect(FitWarning.featureNorm(try auroc(gap: 2, seed: 1), against: try auroc(gap: 2, seed: 2)) == nil)
    #expect(FitWarning.featureNorm(try auroc(gap: 3), against: try auroc(gap: 1)) == nil)
  }

  @Test func whatCouldNotBeMeasuredIsSaid() throws {
    #expect(
      FitWarning.featureNorm(nil, against: try auroc(gap: 1))?.contains("could not be compared") == true)
  }

  /// 400 images whose scores lie `gap` standard deviations above their jigsaws'.
  private func auroc(gap: Double, seed: UInt64 = 3) throws -> PairedAUROC {
    var random = SplitMix64(seed: seed)
    return try PairedAUROC(
      inDistribution: (0..<400).map { _ in Float(gap + random.nextNormal()) },
      pseudoOOD: (0..<400).map { _ in Float(random.nextNormal()) })
  }
}
