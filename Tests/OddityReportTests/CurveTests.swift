import Oddity
import Testing
import TestSupport

@testable import OddityReport

/// Compares the numbers behind the charts with NumPy and SciPy.
@Suite struct CurveTests {
  struct Case: Encodable {
    var samples: [[Float]]
    var p_values: [Float]
    var calibration_size: Int
    var bins: Int
  }

  struct Reference: Decodable {
    var spreads: [[Double]]
    var histograms: [[Double]]
    var flagged: [Double]
  }

  @Test func agreeWithNumPy() throws {
    var generator = SplitMix64(seed: 9)
    let samples: [[Float]] = [1, 7, 500, 3_000].map { count in
      (0..<count).map { _ in Float(10 * generator.nextUnit() + generator.nextUnit()) }
    }
    let n = 199
    let pValues = (0..<800).map { _ in Float(1 + generator.next() % UInt64(n + 1)) / Float(n + 1) }
    let sample = Case(
      samples: samples + [[1, .nan, .infinity, 2]], p_values: pValues, calibration_size: n, bins: 48)
    let reference: Reference = try PythonReference.run("report_reference.py", sample)
    let histogram = Histogram(sample.samples)
    for (position, values) in sample.samples.enumerated() {
      let spread = Spread(values)
      for (found, known) in zip([spread.mean, spread.lower, spread.upper], reference.spreads[position]) {
        #expect(abs(found - known) <= 1e-9 * abs(known))
      }
      for (found, known) in zip(histogram.shares[position], reference.histograms[position]) {
        #expect(abs(found - known) < 1e-12)
      }
    }
    let curve = CalibrationCurve(pValues: pValues, calibrationSize: n)
    #expect(curve.shares.count == reference.flagged.count)
    for (found, known) in zip(curve.shares, reference.flagged) { #expect(abs(found - known) < 1e-12) }
  }

  /// One distant outlier takes no space from the others, but is still counted.
  @Test func fewValuesFarOutDoNotHideTheRest() {
    var generator = SplitMix64(seed: 2)
    let sample = (0..<500).map { _ in Float(generator.nextUnit()) }
    let histogram = Histogram([sample + [-1e6], sample])
    #expect(histogram.isCut && histogram.edges[0] >= 0)
    #expect(histogram.shares.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-9 && $0.allSatisfy { $0 < 0.1 } })
    #expect(!Histogram([sample]).isCut)
  }

  /// At alpha = 0.05, the share of flagged images equals that of the calibration itself.
  @Test func theCurvePassesThroughTheVerdicts() throws {
    var generator = SplitMix64(seed: 4)
    let calibration = try ConformalCalibration(
      scores: (0..<333).map { _ in Float(generator.nextUnit()) }, alpha: .fivePercent)
    let scores = (0..<1_000).map { _ in Float(generator.nextUnit()) }
    let curve = CalibrationCurve(
      pValues: scores.map { Float(calibration.pValue($0)) }, calibrationSize: 333)
    #expect(curve.shares[5] == Double(scores.count { calibration.isOutlier($0) }) / 1_000)
    #expect(curve.shares[0] == 0 && curve.shares[100] == 1)
  }

  /// Images like the calibration images are within the band about 95 times in a hundred, at any one rate.
  @Test func theBandHoldsWhatChanceGives() throws {
    var generator = SplitMix64(seed: 21)
    let (n, m) = (150, 200)
    let band = CalibrationCurve.chance(calibrationSize: n, images: m)
    var inside = 0
    for _ in 0..<400 {
      let calibration = try ConformalCalibration(
        scores: (0..<n).map { _ in Float(generator.nextUnit()) }, alpha: .fivePercent)
      let pValues = (0..<m).map { _ in Float(calibration.pValue(Float(generator.nextUnit()))) }
      let share = CalibrationCurve(pValues: pValues, calibrationSize: n).shares[20]
      if (band[20].lower...band[20].upper).contains(share) { inside += 1 }
    }
    #expect((366...400).contains(inside), "\(inside) of 400")
  }

  @Test func theBandOfNoImagesAndOfTheEndsIsCertain() {
    #expect(CalibrationCurve.chance(calibrationSize: 19, images: 0).allSatisfy { $0.lower == $0.upper })
    let band = CalibrationCurve.chance(calibrationSize: 19, images: 10)
    #expect(band[0].upper == 0 && band[4].upper == 0 && band[5].upper > 0 && band[100].lower == 1)
  }

  @Test func nothingHasNoSpread() {
    #expect(Spread([]).mean.isNaN && Spread([.nan]).lower.isNaN)
    #expect(Spread([2]) == Spread([2, 2]))
  }
}
