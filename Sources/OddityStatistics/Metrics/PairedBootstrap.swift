/// Estimates what AUROC and FPR95 of several methods would be on other images: their intervals, and those of
/// differences.
///
/// Images are drawn with replacement, ID images and every OOD set independently. Each resample scores all
/// methods (a paired bootstrap), so that what two methods share cancels in their difference. All OOD sets of
/// a resample use the same ID images, so the average over the sets has its own spread. Intervals are
/// percentile intervals. Only the images vary, not the trained network.
/// Source: Efron & Tibshirani, *An Introduction to the Bootstrap*, 1993, chapters 13 and 16.
package struct PairedBootstrap: Sendable {
  package enum Metric: Sendable { case auroc, fpr95 }

  /// A column of a table: one OOD set, or the unweighted mean over all of them, over some, or over all but one.
  package enum Column: Sendable, Equatable {
    case set(Int)
    case mean
    /// At least one set.
    case meanOf([Int])
    case meanWithout(Int)

    /// The sets that it is the mean of, of so many.
    package func sets(of count: Int) -> [Int] {
      switch self {
      case .set(let set): [set]
      case .mean: Array(0..<count)
      case .meanOf(let sets): sets
      case .meanWithout(let left): (0..<count).filter { $0 != left }
      }
    }
  }

  package let resamples: Int
  private let methodCount: Int
  private let idImages: Int
  /// How many images each OOD set has.
  private let oodImages: [Int]
  /// Resample after resample, in it method after method, in it set after set.
  private let outcomes: [RankedScores.Outcome]

  /// Draws all resamples one after the other from one `SplitMix64(seed)`.
  ///
  /// In a resample the ID images are drawn first, then the OOD sets in order, each as many as there are; the image
  /// drawn is `⌊draw · count / 2⁶⁴⌋`.
  ///
  /// - Parameters:
  ///   - methods: at least one method with at least one OOD set, all with scores of the same images, not empty, none NaN.
  ///   - seed: the run's seed.
  ///   - resamples: how often the images are drawn.
  package init(_ methods: [MethodScores], seed: UInt64, resamples: Int = 1_000) {
    precondition(resamples > 0, "at least one resample")
    precondition(!methods.isEmpty && !methods[0].outOfDistribution.isEmpty, "something to compare")
    let (idImages, oodImages) = (
      methods[0].inDistribution.count, methods[0].outOfDistribution.map(\.count)
    )
    precondition(
      methods.allSatisfy {
        $0.inDistribution.count == idImages && $0.outOfDistribution.map(\.count) == oodImages
      }, "every method scores the same images")
    let ranked = methods.map(RankedScores.init)
    var generator = SplitMix64(seed: seed)
    var outcomes: [RankedScores.Outcome] = []
    outcomes.reserveCapacity(resamples * methods.count * oodImages.count)
    for _ in 0..<resamples {
      let resample = ImageResample(idImages: idImages, oodImages: oodImages, using: &generator)
      for method in ranked { outcomes += method.outcomes(of: resample) }
    }
    self.outcomes = outcomes
    self.resamples = resamples
    methodCount = methods.count
    (self.idImages, self.oodImages) = (idImages, oodImages)
  }

  /// The 95 % interval of a method's metric, in [0, 1]; unbounded if a set has a single image, because that
  /// says nothing about others.
  package func interval(_ metric: Metric, method: Int, column: Column) -> ConfidenceInterval {
    guard isDefined(column) else { return .unbounded }
    return .percentile95(of: values(metric, method, column))
  }

  /// The 95 % interval of a method's metric minus another's on the same images, in [−1, 1]; unbounded where a set
  /// has a single image.
  package func differenceInterval(
    _ metric: Metric, method: Int, minus other: Int, column: Column
  ) -> ConfidenceInterval {
    guard isDefined(column) else { return .unbounded }
    let pairs = zip(values(metric, method, column), values(metric, other, column))
    return .percentile95(of: pairs.map { $0 - $1 })
  }

  /// The 95 % interval of a method's metric minus the largest of other methods on the same images, in [−1,
  /// 1]. The largest is found again in each resample, because on other images another method may be best by
  /// chance. Unbounded if a set has a single image.
  ///
  /// - Parameter others: at least one.
  package func differenceToLargestInterval(
    _ metric: Metric, method: Int, others: [Int], column: Column
  ) -> ConfidenceInterval {
    guard isDefined(column) else { return .unbounded }
    var largest = values(metric, others[0], column)
    for other in others.dropFirst() {
      for (resample, value) in values(metric, other, column).enumerated() where value > largest[resample] {
        largest[resample] = value
      }
    }
    return .percentile95(of: zip(values(metric, method, column), largest).map { $0 - $1 })
  }

  private func isDefined(_ column: Column) -> Bool {
    idImages > 1 && column.sets(of: oodImages.count).allSatisfy { oodImages[$0] > 1 }
  }

  /// The metric in every resample.
  private func values(_ metric: Metric, _ method: Int, _ column: Column) -> [Double] {
    let sets = column.sets(of: oodImages.count)
    return (0..<resamples).map { resample in
      let start = (resample * methodCount + method) * oodImages.count
      return Moments.mean(
        sets.map { metric == .auroc ? outcomes[start + $0].auroc : outcomes[start + $0].fpr95 })
    }
  }
}

/// How often each image occurs in one bootstrap resample. ID images and every OOD set are drawn with
/// replacement, each independently of the others and as many as there are.
struct ImageResample {
  /// Multiplicities, in the order of the images.
  let inDistribution: [Int32]
  let outOfDistribution: [[Int32]]

  /// Draws the ID images and then the OOD sets in order; the image drawn is `⌊draw · count / 2⁶⁴⌋`.
  ///
  /// - Parameters:
  ///   - idImages: how many ID images there are.
  ///   - oodImages: how many images each OOD set has.
  init(idImages: Int, oodImages: [Int], using generator: inout SplitMix64) {
    inDistribution = Self.multiplicities(count: idImages, using: &generator)
    outOfDistribution = oodImages.map { Self.multiplicities(count: $0, using: &generator) }
  }

  private static func multiplicities(count: Int, using generator: inout SplitMix64) -> [Int32] {
    var multiplicities = Array(repeating: Int32(0), count: count)
    multiplicities.withUnsafeMutableBufferPointer { multiplicities in
      for _ in 0..<count {
        multiplicities[Int(generator.next().multipliedFullWidth(by: UInt64(count)).high)] += 1
      }
    }
    return multiplicities
  }
}
