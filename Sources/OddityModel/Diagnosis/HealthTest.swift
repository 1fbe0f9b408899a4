import OddityScores

/// Whether photographs look to a classifier like its calibration images, by an exact permutation test.
///
/// The statistics are the distance of the two groups in ``SignatureSpace``, and their difference in the
/// direction of each fault. Faults were replayed on other calibration images. Under the hypothesis, all
/// compared images are therefore exchangeable.
struct HealthTest {
  let pValue: Double
  /// The p-value among images of one predicted class, which another mix of classes alone does not reduce. nil
  /// if too few classes have images in both groups.
  let pValueWithinClasses: Double?
  /// The p-value of the hypothesis that the predicted classes are equally frequent in both groups.
  let pValueOfClasses: Double

  /// Whether classes differ in frequency, and it is unknown whether that is the only difference.
  var cannotTellMix: Bool { pValueOfClasses <= Diagnosis.level && pValueWithinClasses == nil }

  /// With fewer calibration images of the photographs' classes, a fault cannot be distinguished from another
  /// mix.
  private static let leastWithinClasses = 32

  /// - Throws: ``OddityError`` `.libraryMissing` without OpenBLAS.
  init(
    _ photos: [ImageSignature], against stored: StoredSignatures, permutations: Int = 1_999, seed: UInt64
  ) throws(OddityError) {
    let all = Self.clipped(photos + stored.images)
    let first = Array(photos.indices)
    let classes = all.map(\.classIndex)
    pValue = try Self.pValue(all, first, stored, strata: nil, permutations, seed: seed)
    pValueOfClasses = Self.pValue(ofClasses: classes, first, permutations, seed: seed)
    let shared = Self.comparable(classes, photos: photos.count)
    let kept = all.indices.filter { shared.contains(classes[$0]) }
    let keptFirst = kept.indices.filter { kept[$0] < photos.count }
    guard 2 * keptFirst.count >= photos.count, kept.count - keptFirst.count >= Self.leastWithinClasses else {
      pValueWithinClasses = nil
      return
    }
    let centred = Self.centred(kept.map { all[$0] })
    pValueWithinClasses = try Self.pValue(
      centred, keptFirst, stored, strata: kept.map { classes[$0] }, permutations, seed: seed)
  }

  /// The p-value of the test over all images only.
  ///
  /// - Throws: ``OddityError`` `.libraryMissing` without OpenBLAS.
  static func pValue(
    _ photos: [ImageSignature], against stored: StoredSignatures, permutations: Int = 1_999, seed: UInt64
  ) throws(OddityError) -> Double {
    try pValue(
      clipped(photos + stored.images), Array(photos.indices), stored, strata: nil, permutations, seed: seed)
  }

  private static func pValue(
    _ all: [ImageSignature], _ first: [Int], _ stored: StoredSignatures, strata: [Int]?, _ permutations: Int,
    seed: UInt64
  ) throws(OddityError) -> Double {
    let sizes = (first.count, all.count - first.count)
    let space = try SignatureSpace(all, sizes: sizes)
    let directions = stored.replays.map { replay in
      let shift = space.shift(from: stored.unchanged, to: replay.summary)
      let length = max(shift.dot(shift).squareRoot(), .leastNormalMagnitude)
      return shift.map { $0 / length }
    }
    let rows = all.map { space.row($0) }
    let total = rows.columnSums
    return PermutationTest(
      first: first, of: all.count, strata: strata, permutations: permutations, seed: seed
    ) { drawn in
      let sum = drawn.map { rows[$0] }.columnSums
      let difference = space.point(sum: sum, count: sizes.0).minus(
        space.point(sum: total.minus(sum), count: sizes.1))
      return [difference.dot(difference)] + directions.map { $0.dot(difference) }
    }.pValue
  }

  /// The classes that have images in both groups.
  private static func comparable(_ classes: [Int], photos: Int) -> Set<Int> {
    Set(classes.prefix(photos)).intersection(classes.dropFirst(photos))
  }

  /// Values count at most this far from the median, in deviations estimated from the quartiles.
  private static let farthest = 10.0

  /// Clips values that are far from the median of all images. Otherwise a single extreme image would widen
  /// the scale for all others. Both groups are clipped alike, so the test stays exact.
  private static func clipped(_ images: [ImageSignature]) -> [ImageSignature] {
    let bounds = images[0].values.indices.map { column in
      let sorted = images.map { Double($0.values[column]) }.sorted()
      let (lower, median, upper) = (
        sorted[sorted.count / 4], sorted[sorted.count / 2], sorted[3 * sorted.count / 4]
      )
      let reach = farthest * ((upper - lower) / quartilesApart + SignatureSpace.leastDeviation)
      return Float(median - reach)...Float(median + reach)
    }
    return images.map { image in
      ImageSignature(
        values: zip(image.values, bounds).map { min(max($0, $1.lowerBound), $1.upperBound) },
        classIndex: image.classIndex)
    }
  }

  /// The distance between the quartiles of a normal distribution, in standard deviations.
  private static let quartilesApart = 1.349

  /// Values minus the mean of their class.
  private static func centred(_ images: [ImageSignature]) -> [ImageSignature] {
    let groups = Dictionary(grouping: images, by: \.classIndex)
    let means = groups.mapValues { SignatureSummary($0).mean }
    return images.map { image in
      let mean = means[image.classIndex] ?? []
      return ImageSignature(values: zip(image.values, mean).map { $0 - $1 }, classIndex: image.classIndex)
    }
  }

  /// The p-value of Pearson's χ² for the classes of the two groups.
  private static func pValue(ofClasses classes: [Int], _ first: [Int], _ permutations: Int, seed: UInt64)
    -> Double
  {
    let totals = Dictionary(grouping: classes, by: \.self).mapValues(\.count)
    let share = Double(first.count) / Double(classes.count)
    return PermutationTest(first: first, of: classes.count, permutations: permutations, seed: seed) { drawn in
      let counts = drawn.reduce(into: [Int: Int]()) { $0[classes[$1], default: 0] += 1 }
      let chiSquared = totals.reduce(0.0) { sum, total in
        let expected = Double(total.value) * share
        let difference = Double(counts[total.key] ?? 0) - expected
        return sum + difference * difference / expected
      }
      // Sums in another order differ in their last digits, so the statistic is rounded.
      return [(chiSquared * 1e6).rounded()]
    }.pValue
  }
}
