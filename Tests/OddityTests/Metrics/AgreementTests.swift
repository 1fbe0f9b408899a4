import Foundation
import Testing

@testable import OddityFiles
@testable import OddityModel
@testable import OddityStatistics

/// When the accuracy shows that a classifier is used incorrectly, and when it does not.
struct AgreementTests {
  /// Compares with the sum over all outcomes.
  @Test(arguments: [(20, 0.325), (1, 0.5), (50, 0.02), (200, 0.9)])
  func binomialTails(count: Int, probability: Double) {
    func mass(_ k: Int) -> Double {
      let ways = (0..<k).reduce(1.0) { $0 * Double(count - $1) / Double($1 + 1) }
      return ways * pow(probability, Double(k)) * pow(1 - probability, Double(count - k))
    }
    let binomial = Binomial(count: count, probability: probability)
    for k in [0, 1, count / 3, count / 2, count - 1, count] {
      let below = (0...k).reduce(0.0) { $0 + mass($1) }
      #expect(abs(binomial.lowerTail(k) - below) < 1e-9)
      #expect(abs(binomial.upperTail(k) - (1 - below + mass(k))) < 1e-9)
    }
  }

  @Test func accuracyAndChance() throws {
    let agreement = try #require(
      Agreement(predicted: [0, 0, 1, 1, 2], truth: [0, 1, 1, nil, 2], classes: 3))
    #expect(agreement.images == 4 && agreement.correct == 3)
    // Cohen's expected agreement: (1·2 + 2·1 + 1·1) / 16.
    #expect(abs(agreement.chance - 5.0 / 16) < 1e-12)
    #expect(Agreement(predicted: [1, 2, 3, 4], truth: [1, 0, nil, 4], classes: 5)?.accuracy == 2.0 / 3)
    #expect(Agreement(predicted: [1], truth: [nil], classes: 2) == nil)
    #expect(Agreement(predicted: [], truth: [], classes: 2) == nil)
  }

  @Test(arguments: [
    // Guesses among ten classes, on many images and on few.
    (10, 500, 0.1, true), (10, 40, 0.1, true), (2, 400, 0.5, true),
    // Correctly used networks, including weak ones with two classes and with a thousand.
    (10, 500, 0.9, false), (2, 400, 0.7, false), (1000, 500, 0.1, false), (10, 5, 0.4, false),
  ])
  func chanceIsTold(classes: Int, images: Int, accuracy: Double, isNear: Bool) throws {
    let agreement = try agreement(classes: classes, images: images, accuracy: accuracy)
    #expect(agreement.isNearChance == isNear, "\(agreement)")
  }

  /// Images of a single class do not show how often the classifier confuses the others.
  @Test func oneClassAloneIsNoReason() throws {
    let predicted = (0..<200).map { $0 % 10 == 0 ? 4 : 3 }
    let agreement = try #require(
      Agreement(predicted: predicted, truth: Array(repeating: 3, count: 200), classes: 10))
    #expect(agreement.chance == 0.1 && !agreement.isNearChance && agreement.accuracyInAnotherOrder == nil)
  }

  @Test func aClassifierThatAlwaysSaysTheSameIsNoOrder() throws {
    let truth = (0..<200).map { $0 % 20 == 0 ? 1 : 0 }
    let agreement = try #require(
      Agreement(predicted: Array(repeating: 2, count: 200), truth: truth, classes: 3))
    #expect(agreement.isNearChance && agreement.accuracyInAnotherOrder == nil)
  }

  @Test func anotherOrderOfTheClassesIsFound() throws {
    let order = [2, 0, 1, 3]
    let truth = (0..<120).map { ($0 / 2) % 4 }
    let predicted = truth.enumerated().map { $0.offset % 15 == 0 ? 3 : order[$0.element] }
    let agreement = try #require(Agreement(predicted: predicted, truth: truth, classes: 4))
    #expect(try abs(#require(agreement.accuracyInAnotherOrder) - 0.95) < 0.03)
    let warning = try #require(
      AccuracyWarning.of(
        agreement, confidence: 0.9, set: "ID images", advice: "", labels: ["ant", "bee", "cat", "dog"]))
    #expect(warning.code == .classesPermuted && warning.text.contains("predicted as "))
    let counted = AccuracyWarning.of(
      agreement, confidence: 0.9, set: "ID images", advice: "", labels: nil, folders: ["a", "b", "c", "d"])
    #expect(counted?.text.contains("most images of the folder '") == true)
  }

  @Test(arguments: [
    (200, 0.6, 0.85, false), (200, 0.5, 0.97, true), (8, 0.5, 0.97, false), (200, 0.9, 0.5, false),
  ])
  func aConfidenceThatIsNotKeptIsTold(images: Int, accuracy: Double, confidence: Double, isFar: Bool) throws {
    let agreement = try agreement(classes: 10, images: images, accuracy: accuracy)
    #expect(agreement.isFarBelow(confidence: confidence) == isFar)
    let warning = AccuracyWarning.of(
      agreement, confidence: confidence, set: "ID images", advice: "", labels: nil)
    #expect((warning?.code == .accuracyBelowConfidence) == isFar)
  }

  /// Classes in turn. In each class, the first images are predicted correctly, and the others as another
  /// class.
  private func agreement(classes: Int, images: Int, accuracy: Double) throws -> Agreement {
    var random = SplitMix64(seed: 5)
    let truth = (0..<images).map { $0 % classes }
    let right = Int((accuracy * Double(images)).rounded())
    let order = truth.indices.map { (random.next(), $0) }.sorted { $0 < $1 }.map(\.1)
    var predicted = truth
    for index in order.dropFirst(right) {
      predicted[index] = (truth[index] + 1 + Int(random.next() % UInt64(classes - 1))) % classes
    }
    return try #require(Agreement(predicted: predicted, truth: truth, classes: classes))
  }
}
