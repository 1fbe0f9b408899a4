import Imaging
import OddityScores

/// Whether two guarded models give the same verdicts, on images that both scored.
public struct VerdictComparison: Codable, Sendable, Equatable {
  /// The number of images that both models scored.
  public let images: Int
  /// How many of them both models accept, both flag, or only one flags.
  public let bothAccepted: Int
  public let bothFlagged: Int
  public let onlyFirstFlagged: Int
  public let onlySecondFlagged: Int
  /// The share of images with the same verdict.
  public let agreement: Double
  /// Cohen's κ, the agreement beyond chance, at most 1; nil if each model gives all images the same verdict.
  public let kappa: Double?
  /// The p-value of the hypothesis that both flag the same share (McNemar's exact test, two-sided).
  public let pValueOfRates: Double
  /// Spearman's rank correlation of the p-values.
  public let spearman: Double?
  /// The share of images for which both predict the same class; nil if the models have different classes.
  public let sameClass: Double?
  /// The images with different verdicts, sorted by the difference of their p-values, the largest first; at
  /// most twenty.
  public let changed: [Change]
  /// The number of images that one of the models could not use.
  public let failures: Int
  /// The p-values of the images by each model.
  package private(set) var firstPValues: [Float] = []
  package private(set) var secondPValues: [Float] = []

  /// One image with the results of both models.
  public struct Change: Codable, Sendable, Equatable {
    public let input: String
    /// The p-value of the first model, and of the second.
    public let pValues: [Float]
    public let outlier: [Bool]

    private enum CodingKeys: String, CodingKey {
      case input
      case pValues = "p_values"
      case outlier
    }
  }

  private enum CodingKeys: String, CodingKey {
    case images
    case bothAccepted = "both_accepted"
    case bothFlagged = "both_flagged"
    case onlyFirstFlagged = "only_first_flagged"
    case onlySecondFlagged = "only_second_flagged"
    case agreement, kappa
    case pValueOfRates = "p_value_of_rates"
    case spearman
    case sameClass = "same_class"
    case changed, failures
  }

  private static let mostChanges = 20

  /// - Parameters:
  ///   - pairs: each image with the results of the first and of the second model; at least one.
  ///   - haveSameClasses: whether equal indices mean equal classes.
  ///   - failures: the number of images that one of the models could not use.
  package init(_ pairs: [(first: ScoredImage, second: ScoredImage)], haveSameClasses: Bool, failures: Int) {
    func count(_ first: Bool, _ second: Bool) -> Int {
      pairs.count { $0.first.isOutlier == first && $0.second.isOutlier == second }
    }
    (bothAccepted, bothFlagged) = (count(false, false), count(true, true))
    (onlyFirstFlagged, onlySecondFlagged) = (count(true, false), count(false, true))
    let total = Double(pairs.count)
    let agreement = Double(bothAccepted + bothFlagged) / total
    let (first, second) = (
      Double(bothFlagged + onlyFirstFlagged) / total, Double(bothFlagged + onlySecondFlagged) / total
    )
    let chance = first * second + (1 - first) * (1 - second)
    kappa = chance < 1 ? (agreement - chance) / (1 - chance) : nil
    pValueOfRates = Self.mcNemar(onlyFirstFlagged, onlySecondFlagged)
    (firstPValues, secondPValues) = (pairs.map(\.first.pValue), pairs.map(\.second.pValue))
    spearman = RankCorrelation.spearman(firstPValues.map { Double($0) }, secondPValues.map { Double($0) })
    sameClass =
      haveSameClasses ? Double(pairs.count { $0.first.classIndex == $0.second.classIndex }) / total : nil
    let differing = pairs.filter { $0.first.isOutlier != $0.second.isOutlier }
    changed = differing.sorted { Self.difference($0) > Self.difference($1) }.prefix(Self.mostChanges).map {
      Change(
        input: $0.first.item.name, pValues: [$0.first.pValue, $0.second.pValue],
        outlier: [$0.first.isOutlier, $0.second.isOutlier])
    }
    (images, self.agreement, self.failures) = (pairs.count, agreement, failures)
  }

  private static func difference(_ pair: (first: ScoredImage, second: ScoredImage)) -> Float {
    abs(pair.first.pValue - pair.second.pValue)
  }

  /// Twice the probability of at most this many of the rarer kind among all differing images, if both kinds
  /// are equally likely.
  private static func mcNemar(_ one: Int, _ other: Int) -> Double {
    let (fewer, all) = (min(one, other), one + other)
    guard 2 * fewer < all else { return 1 }
    // For a binomially distributed X, P(X ≤ k) is I_½(n − k, k + 1).
    return min(1, 2 * BetaDistribution(a: Double(all - fewer), b: Double(fewer + 1)).cumulative(0.5))
  }
}

extension Detector {
  /// Whether another model gives the same verdicts as this one.
  ///
  /// - Parameter failed: called for every image that one of the models cannot use.
  /// - Throws: ``OddityError`` `.badData` where no image can be used by both; the engine's errors.
  public func compare(
    with other: Detector, on source: any ImageSource, failed: (ImagingError) -> Void = { _ in }
  ) async throws -> VerdictComparison {
    var first: [ScoredImage?] = []
    var second: [ScoredImage?] = []
    try await score(source) { outcome in
      if case .failure(let error) = outcome.result { failed(error) }
      first.append(try? outcome.result.get())
    }
    try await other.score(source) { outcome in
      // Images that neither model can use were reported before.
      if case .failure(let error) = outcome.result, first[second.count] != nil { failed(error) }
      second.append(try? outcome.result.get())
    }
    let pairs = zip(first, second).compactMap { first, second in
      first.flatMap { first in second.map { (first: first, second: $0) } }
    }
    guard !pairs.isEmpty else {
      throw OddityError(.badData, "\(source.description): no image could be scored by both models")
    }
    let (own, others) = (guarded.metadata, other.guarded.metadata)
    return VerdictComparison(
      pairs,
      haveSameClasses: own.classes == others.classes
        && (own.labels == nil || others.labels == nil || own.labels == others.labels),
      failures: first.count - pairs.count)
  }
}
