import Foundation
import Testing

@testable import Oddity
@testable import OddityFit
@testable import OddityScores

@Suite struct NetworkTraitsTests {
  /// - Parameters:
  ///   - spread: of the features within a class, where class means are 10 apart.
  ///   - gap: between the largest logit and the others.
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
    // numpy.quantile of ninety times p and ten times 1, at place 89.1.
    let p = exp(1.0) / (exp(1.0) + 3)
    let traits = try #require(NetworkTraits(table, form: .softmax))
    #expect(abs(traits.softmaxPeak - (p + 0.1 * (1 - p))) < 1e-9)
  }

  /// One-way analysis of variance: 1 − mean square within / mean square in all.
  @Test(arguments: [(0.0, 1.0), (1_000, 0)])
  func theCollapseIsTheVarianceBetweenClasses(spread: Double, expected: Double) throws {
    let table = Self.table(images: 400, classes: 4, spread: spread, gap: 9)
    let traits = try #require(NetworkTraits(table, form: .softmax))
    #expect(abs(try #require(traits.classCollapse) - expected) < 0.02)
  }

  @Test func ofOneImageAClassNothingIsSaid() throws {
    let table = Self.table(images: 40, classes: 40, spread: 1, gap: 1)
    #expect(try #require(NetworkTraits(table, form: .softmax)).classCollapse == nil)
    #expect(NetworkTraits(table, form: .multiLabel) == nil)
    #expect(NetworkTraits(FeatureTable(classes: 4, featureCount: 2), form: .softmax) == nil)
  }

  /// Sure, or with classes that are not apart (as random weights have them), a network is not warned of.
  @Test(arguments: [(1.0, Float(3), true), (1, 12, false), (60, 3, false)])
  func weaknessIsSaid(spread: Double, gap: Float, isWeak: Bool) {
    let traits = NetworkTraits(Self.table(images: 400, classes: 4, spread: spread, gap: gap), form: .softmax)
    let warning = FitWarning.weakNetwork(traits, auroc: 0.875)
    #expect((warning?.code == .postHocWeak) == isWeak)
    if isWeak {
      #expect(warning?.text.contains("AUROC 0.875") == true && warning?.text.contains("\n") == false)
    }
  }
}
