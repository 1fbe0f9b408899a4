import OddityScores

/// Whether photographs look to a classifier as its calibration images do: an exact permutation test.
///
/// The statistics are the distance of the two groups in ``SignatureSpace``, and how far they differ in the direction of each fault.
/// Faults were replayed on other calibration images, so that under the hypothesis all images that are compared are exchangeable.
struct HealthTest {
  let pValue: Double
  /// The same among images of one predicted class: another mix of classes alone makes it no smaller. Nil where too few classes have
  /// images in both groups.
  let pValueWithinClasses: Double?
  /// Whether predicted classes have other shares.
  let pValueOfClasses: Double

  /// Whether classes have other shares, and nothing tells whether that is all.
  var cannotTellMix: Bool { pValueOfClasses <= Diagnosis.level && pValueWithinClasses == nil }

  /// Fewer calibration images of the photographs' classes do not tell a fault from another mix.
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

  /// Of the test over all images alone.
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

  /// Classes that have images in both groups.
  private static func comparable(_ classes: [Int], photos: Int) -> Set<Int> {
    Set(classes.prefix(photos)).intersection(classes.dropFirst(photos))
  }

  /// How far from the median a value counts, in deviations that the quartiles tell.
  private static let farthest = 10.0

  /// Values no farther from the median of all than usual ones are, so that a single monstrous image does not widen the scale by which
  /// the others are judged. Both groups are clipped alike, so the test stays exact.
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

  /// By how many deviations the quartiles of a normal distribution differ.
  private static let quartilesApart = 1.349

  /// Values less the mean of their class.
  private static func centred(_ images: [ImageSignature]) -> [ImageSignature] {
    let groups = Dictionary(grouping: images, by: \.classIndex)
    let means = groups.mapValues { SignatureSummary($0).mean }
    return images.map { image in
      let mean = means[image.classIndex] ?? []
      return ImageSignature(values: zip(image.values, mean).map { $0 - $1 }, classIndex: image.classIndex)
    }
  }

  /// Pearson's χ² of the two groups' classes.
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
      // Sums in another order differ in their last digits.
      return [(chiSquared * 1e6).rounded()]
    }.pValue
  }
}
