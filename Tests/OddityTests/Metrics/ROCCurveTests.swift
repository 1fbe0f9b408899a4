import Oddity
import Testing
import TestSupport

@Suite struct ROCCurveTests {
  struct Reference: Decodable {
    var fpr: [Double]
    var tpr: [Double]
  }

  @Test func agreesWithScikitLearn() throws {
    let cases = DetectionMetricsTests.cases()
    let references: [Reference] = try PythonReference.run("roc_reference.py", cases)
    #expect(references.count == cases.count)
    for (sample, reference) in zip(cases, references) {
      let curve = try ROCCurve(
        inDistribution: sample.inDistribution, outOfDistribution: sample.outOfDistribution)
      #expect(curve.points.count == reference.fpr.count)
      for (point, (fpr, tpr)) in zip(curve.points, zip(reference.fpr, reference.tpr)) {
        #expect(abs(point.falsePositiveRate - fpr) < 1e-12 && abs(point.truePositiveRate - tpr) < 1e-12)
      }
    }
  }

  @Test func thinningKeepsTheEndsAndStaysClose() throws {
    var generator = SplitMix64(seed: 3)
    let curve = try ROCCurve(
      inDistribution: (0..<8_000).map { _ in 1 + generator.nextNormal() },
      outOfDistribution: (0..<9_000).map { _ in generator.nextNormal() })
    let thin = curve.thinned(steps: 100).points
    #expect(thin.count <= 202)
    #expect(thin.first == curve.points.first && thin.last == curve.points.last)
    for point in curve.points {
      let distance = thin.map {
        max(
          abs($0.falsePositiveRate - point.falsePositiveRate),
          abs($0.truePositiveRate - point.truePositiveRate))
      }
      #expect(try #require(distance.min()) <= 0.011)
    }
  }

  @Test func equalScoresGiveTheDiagonal() throws {
    let curve = try ROCCurve(inDistribution: [1.0, 1], outOfDistribution: [1.0])
    #expect(curve.points.map(\.falsePositiveRate) == [0, 1])
    #expect(curve.thinned(steps: 10) == curve)
  }

  @Test func scoresThatAreNoNumbersAreRefused() throws {
    #expect(throws: OddityError.self) { try ROCCurve(inDistribution: [.nan], outOfDistribution: [1.0]) }
    let infinite = try ROCCurve(inDistribution: [Double.infinity], outOfDistribution: [-.infinity])
    #expect(infinite.points.map(\.truePositiveRate) == [0, 1, 1])
  }
}
