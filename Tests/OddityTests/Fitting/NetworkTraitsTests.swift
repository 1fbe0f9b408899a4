import Foundation
import Testing

@testable import Oddity
@testable import OddityFit
@testable import OddityScores

@Suite struct NetworkTraitsTests {
  /// - Parameters:
  ///   - spread: the standard deviation of the features within a class. Class means are 10 apart.
  ///   - gap: the difference between the largest logit and the others.
  private static func table(images: Int, classes: Int, spread: Double, gap: Float) -> FeatureTable {
    var generator = SplitMix64(seed: 3)
    var table = FeatureTable(classes: classes, featureCount: classes)
    for image in 0..<images {
      let own = image % classes
      let features = (0..<classes).map { Float((generator.nextUnit() - 0.5) * spread + ($0 == own ? 10 : 0)) }
      table.append(features: features, logits: (0..<classes).map { $0 == own ? gap : 0 }, norm: 1, truth: nil)
    }
    return table
  }

  @Test func thePeakIsThatOfTheSurestTenth() throws {
    var table = Self.table(images: 90, classes: 4, spread: 1, gap: 1)
    for _ in 0..<10 { table.append(features: [0, 0, 0, 0], logits: [50, 0, 0, 0], norm: 1, truth: nil) }
    // numpy.quantile of ninety values p and ten values 1, at position 89.1.
    let p = exp(1.0) / (exp(1.0) + 3)
    let traits = try #require(NetworkTraits(table, form: .softmax))
    #expect(abs(traits.softmaxPeak - (p + 0.1 * (1 - p))) < 1e-9)
  }

  /// One-way analysis of variance: 1 − mean square within / total mean square.
  @Test(arguments: [(0.0, 12), (1_000, 12), (20, 12), (20, 400)])
  func theCollapseIsTheVarianceBetweenClasses(spread: Double, images: Int) throws {
    let table = Self.table(images: images, classes: 4, spread: spread, gap: 9)
    let traits = try #require(NetworkTraits(table, form: .softmax))
    var squares = (within: 0.0, all: 0.0)
    for feature in 0..<4 {
      let values = (0..<images).map { Double(Array(table.feature($0))[feature]) }
      let mean = Moments.mean(values)
      for own in 0..<4 {
        let ofClass = (0..<images).filter { $0 % 4 == own }.map { values[$0] }
        let classMean = Moments.mean(ofClass)
        squares.within += ofClass.reduce(0) { $0 + ($1 - classMean) * ($1 - classMean) }
      }
      squares.all += values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
    let expected = 1 - (squares.within / Double(images - 4)) / (squares.all / Double(images - 1))
    #expect(abs(try #require(traits.classCollapse) - max(expected, 0)) < 1e-9)
  }

  @Test func ofOneImageAClassNothingIsSaid() throws {
    let table = Self.table(images: 40, classes: 40, spread: 1, gap: 1)
    #expect(try #require(NetworkTraits(table, form: .softmax)).classCollapse == nil)
    #expect(NetworkTraits(table, form: .multiLabel) == nil)
    #expect(NetworkTraits(FeatureTable(classes: 4, featureCount: 2), form: .softmax) == nil)
  }

  /// There is no warning for a network that is confident, that is unconfident because it errs, or whose
  /// classes are not separated (as with random weights).
  @Test(arguments: [
    (1.0, Float(3), nil, true), (1, 12, nil, false), (60, 3, nil, false), (1, 3, 0.1, true),
    (1, 3, 0.01, false),
  ])
  func weaknessIsSaid(spread: Double, gap: Float, deficit: Double?, isWeak: Bool) {
    let traits = NetworkTraits(Self.table(images: 400, classes: 4, spread: spread, gap: gap), form: .softmax)
    let warning = FitWarning.weakNetwork(traits, deficit: deficit, measured: ("fusion", 0.875))
    #expect((warning?.code == .postHocWeak) == isWeak)
    if isWeak {
      #expect(warning?.text.contains("AUROC 0.875") == true && warning?.text.contains("\n") == false)
    }
  }
}
