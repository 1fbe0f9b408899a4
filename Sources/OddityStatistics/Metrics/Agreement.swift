import Foundation

/// The agreement of predicted classes with the true ones, on images whose true class is known.
package struct Agreement: Sendable, Equatable {
  /// The number of images, at least one.
  package let images: Int
  /// The number of images that are predicted as their true class.
  package let correct: Int
  /// The accuracy of a classifier that does not look at the images, in [0, 1].
  ///
  /// If the images have several classes, that classifier predicts each class as often as this one does
  /// (Cohen, 1960). If all images have the same class, which says nothing about the others, it is 1/C.
  package let chance: Double
  /// If predictions fit the classes in another order: the accuracy with that order, measured on images that
  /// it was not found on. `nil` if no other order fits far better.
  package let accuracyInAnotherOrder: Double?
  /// The pair of classes that most images confirm in such an order.
  package let exampleOfOrder: Pair?

  package var accuracy: Double { Double(correct) / Double(images) }

  /// - Parameters:
  ///   - predicted: the index of the predicted class of each image.
  ///   - truth: the index of the true class of the same images; nil if unknown.
  ///   - classes: the number of classes of the classifier.
  /// - Returns: nil if no true class is known.
  package init?(predicted: [Int], truth: [Int?], classes: Int) {
    precondition(predicted.count == truth.count, "one true class for each prediction")
    let pairs = zip(predicted, truth).compactMap { predicted, truth in
      truth.map { Pair(predicted: predicted, truth: $0) }
    }
    guard !pairs.isEmpty else { return nil }
    let correct = pairs.count { $0.predicted == $0.truth }
    let chance = Self.chance(pairs, classes: classes)
    (images, self.correct, self.chance) = (pairs.count, correct, chance)
    let order = Self.anotherOrder(pairs)
    // A classifier that always predicts the same class fits the most frequent class in some order.
    let guess = max(chance, Self.largestShare(pairs))
    let isBetter =
      order.map {
        Binomial(count: pairs.count, probability: Self.useful(guess)).upperTail($0.correct) < 0.001
          && $0.correct > correct + pairs.count / 4
      } ?? false
    accuracyInAnotherOrder = isBetter ? order.map { Double($0.correct) / Double(pairs.count) } : nil
    exampleOfOrder = isBetter ? order?.example : nil
  }

  /// Whether the classifier is hardly better than chance: it is clearly worse than a fifth of the way from
  /// chance to perfection, and either not clearly better than chance or less than half as good again.
  ///
  /// "Clearly" means at 5 % and at 0.1 %. A few images that are misclassified by chance are therefore not
  /// enough, and neither is a classifier of a thousand classes that is right on every tenth image.
  package var isNearChance: Bool {
    Binomial(count: images, probability: Self.useful(chance)).lowerTail(correct) < 0.05
      && (Binomial(count: images, probability: chance).upperTail(correct) > 0.001 || accuracy < 1.5 * chance)
  }

  /// Whether the accuracy is far below the mean confidence: clearly, at 1 %, more than a fifth less.
  ///
  /// - Parameter confidence: the mean confidence over the same images.
  package func isFarBelow(confidence: Double) -> Bool {
    guard confidence.isFinite, confidence - 0.2 > accuracy else { return false }
    return Binomial(count: images, probability: min(confidence, 1) - 0.2).lowerTail(correct) < 0.01
  }

  private static func useful(_ chance: Double) -> Double { chance + 0.2 * (1 - chance) }

  /// The predicted class and the true class of an image.
  package struct Pair: Hashable, Sendable {
    package let predicted: Int
    package let truth: Int
  }

  private static func counts(_ classes: [Int]) -> [Int: Int] {
    classes.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  /// The share of the most frequent true class.
  private static func largestShare(_ pairs: [Pair]) -> Double {
    Double(counts(pairs.map(\.truth)).values.max() ?? 0) / Double(pairs.count)
  }

  private static func chance(_ pairs: [Pair], classes: Int) -> Double {
    let truths = counts(pairs.map(\.truth))
    guard truths.count > 1 else { return 1 / Double(max(classes, 1)) }
    let predictions = counts(pairs.map(\.predicted))
    let agreeing = truths.reduce(0.0) { $0 + Double($1.value) * Double(predictions[$1.key] ?? 0) }
    return agreeing / Double(pairs.count) / Double(pairs.count)
  }

  /// An order of the classes that fits the predictions. It is found on every second image and measured on the
  /// others, and the other way round. Pairs of a predicted and a true class that most images confirm come
  /// first.
  private static func anotherOrder(_ pairs: [Pair]) -> (correct: Int, example: Pair)? {
    let halves = [0, 1].map { half in pairs.enumerated().filter { $0.offset % 2 == half }.map(\.element) }
    var correct = 0
    for (found, measured) in [(halves[0], halves[1]), (halves[1], halves[0])] {
      let order = order(found)
      correct += measured.count { order[$0.predicted] == $0.truth }
    }
    let whole = order(pairs)
    let counts = pairs.reduce(into: [Pair: Int]()) { $0[$1, default: 0] += 1 }
    let moved = counts.filter { $0.key.predicted != $0.key.truth && whole[$0.key.predicted] == $0.key.truth }
    guard let example = moved.min(by: precedes)?.key else { return nil }
    return (correct, example)
  }

  private static func order(_ pairs: [Pair]) -> [Int: Int] {
    let counts = pairs.reduce(into: [Pair: Int]()) { $0[$1, default: 0] += 1 }
    var order: [Int: Int] = [:]
    var taken: Set<Int> = []
    for (pair, _) in counts.sorted(by: precedes)
    where order[pair.predicted] == nil && taken.insert(pair.truth).inserted {
      order[pair.predicted] = pair.truth
    }
    return order
  }

  private static func precedes(_ a: (key: Pair, value: Int), _ b: (key: Pair, value: Int)) -> Bool {
    (-a.value, a.key.predicted, a.key.truth) < (-b.value, b.key.predicted, b.key.truth)
  }
}

/// The number of successes among independent trials.
struct Binomial {
  let count: Int
  /// The probability of a success, in [0, 1].
  let probability: Double

  /// P(X ≤ k), by the incomplete beta function (DLMF 8.17.5).
  func lowerTail(_ k: Int) -> Double {
    guard k < count else { return 1 }
    guard k >= 0 else { return 0 }
    return BetaDistribution(a: Double(count - k), b: Double(k + 1)).cumulative(1 - probability)
  }

  /// P(X ≥ k)
  func upperTail(_ k: Int) -> Double {
    guard k > 0 else { return 1 }
    guard k <= count else { return 0 }
    return BetaDistribution(a: Double(k), b: Double(count - k + 1)).cumulative(probability)
  }
}
