import Oddity
import Testing
import TestSupport

/// Compares NormRatio, its stability, and the paired AUROC with NumPy in float64.
@Suite struct SelectionReferenceTests {
  struct Case: Encodable {
    /// In float64, so that JSON keeps every bit.
    var inDistribution: [[Double]]
    var pseudoOOD: [[Double]]
    var selected: Int
    var seed: Int
    var resamples: Int
  }

  struct Ratio: Decodable {
    var meanOfRatios: Double
    var lower: Double
    var upper: Double
    var ratioOfMeans: Double
    var meanLogRatio: Double
    var usedImages: Int
    var isEligible: Bool
  }

  struct Stability: Decodable {
    var share: Double
    var runnerUp: Int?
  }

  struct Area: Decodable {
    var value: Double
    var standardError: Double
    var interval: [Double]
  }

  struct Answer: Decodable {
    var ratios: [Ratio]
    var stability: Stability
    var aurocs: [Area]
    var differences: [[Double]]
  }

  /// Norms of correlated pairs at four blocks. Block 3 has some dead, overflowing or undefined pairs. With
  /// `rounded` there are ties.
  static func norms(images: Int, broken: Int, rounded: Bool, seed: UInt64) -> PairedNorms {
    var generator = SplitMix64(seed: seed)
    var norms = PairedNorms(blockCount: 4)
    for image in 0..<images {
      let shared = generator.nextUnit()
      func norm(_ shift: Double) -> Float {
        let value = 2 + shared + shift + 0.3 * generator.nextNormal()
        return Float(rounded ? (4 * value).rounded() / 4 : value)
      }
      var row = [norm(0), norm(0.1), norm(0.12), norm(0.3)]
      let pseudo = [norm(0), norm(0), norm(0), norm(0)]
      if image < broken { row[3] = [0, .infinity, .nan][image % 3] }
      norms.append(image: row, pseudo: pseudo)
    }
    return norms
  }

  static let samples = [
    norms(images: 2, broken: 0, rounded: false, seed: 1),
    norms(images: 60, broken: 0, rounded: false, seed: 2),
    norms(images: 80, broken: 0, rounded: true, seed: 3),
    norms(images: 100, broken: 1, rounded: false, seed: 4),
    norms(images: 100, broken: 2, rounded: false, seed: 5),
  ]

  static func answers() throws -> [Answer] {
    try PythonReference.run(
      "selection_reference.py",
      samples.map {
        Case(
          inDistribution: $0.inDistribution.map { $0.map(Double.init) },
          pseudoOOD: $0.pseudoOOD.map { $0.map(Double.init) },
          selected: try BlockSelection.selectedBlock($0.normRatios()), seed: 99, resamples: 100)
      })
  }

  static func agrees(_ value: Double, _ reference: Double) -> Bool {
    abs(value - reference) <= 1e-11 * max(1, abs(reference))
  }

  @Test func agreesWithNumPy() throws {
    let answers = try Self.answers()
    #expect(answers.count == Self.samples.count)
    for (norms, answer) in zip(Self.samples, answers) {
      Self.check(norms.normRatios(), answer.ratios)
      let selected = try BlockSelection.selectedBlock(norms.normRatios())
      let stability = SelectionStability(norms: norms, selected: selected, seed: 99, resamples: 100)
      #expect(stability.share == answer.stability.share)
      #expect(stability.runnerUp == answer.stability.runnerUp)
      try Self.checkAreas(norms, answer)
    }
  }

  static func check(_ ratios: [NormRatio], _ references: [Ratio]) {
    for (ratio, reference) in zip(ratios, references) {
      #expect(agrees(ratio.meanOfRatios, reference.meanOfRatios))
      #expect(agrees(ratio.interval.lower, reference.lower))
      #expect(agrees(ratio.interval.upper, reference.upper))
      #expect(agrees(ratio.ratioOfMeans, reference.ratioOfMeans))
      #expect(agrees(ratio.meanLogRatio, reference.meanLogRatio))
      #expect(ratio.usedImages == reference.usedImages)
      #expect(ratio.isEligible == reference.isEligible)
    }
  }

  /// If the reference sets an undefined score to zero, this code must do the same.
  static func checkAreas(_ norms: PairedNorms, _ answer: Answer) throws {
    let areas = try (0..<norms.blockCount).map { block in
      try PairedAUROC(
        inDistribution: norms.inDistribution[block].map { $0.isFinite ? $0 : 0 },
        pseudoOOD: norms.pseudoOOD[block].map { $0.isFinite ? $0 : 0 })
    }
    for (area, reference) in zip(areas, answer.aurocs) {
      #expect(agrees(area.value, reference.value))
      #expect(agrees(area.standardError, reference.standardError))
      #expect(agrees(area.interval.lower, reference.interval[0]))
      #expect(agrees(area.interval.upper, reference.interval[1]))
    }
    for (area, reference) in zip(areas, answer.differences) {
      let difference = areas[0].differenceInterval(minus: area)
      #expect(agrees(difference.lower, reference[0]) && agrees(difference.upper, reference[1]))
    }
  }
}
