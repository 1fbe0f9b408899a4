/// One method's scores sorted once, so that AUROC and FPR95 of a resample take one walk over the images.
///
/// ID images are in descending order of score. `W[k]` is the sum of the multiplicities of the first k. If `a`
/// ID scores exceed an OOD image's score, and `b` exceed or equal it, the OOD image loses or ties against
/// `W[a] + W[b]` halves of ID images.
struct RankedScores {
  /// ID images from the highest score to the lowest.
  private let order: [Int32]
  /// By OOD set, in the order of its images.
  private let sets: [[Rank]]

  /// The rank of an OOD image among the ID images: how many score higher, and how many score at least as
  /// high.
  private struct Rank {
    var above: Int32
    var aboveOrEqual: Int32
  }

  /// AUROC and FPR95 of one resample.
  struct Outcome {
    var auroc: Double
    var fpr95: Double
  }

  /// Scores that are not NaN.
  init(_ method: MethodScores) {
    let scores = method.inDistribution
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    let descending = order.map { scores[$0] }
    self.order = order.map(Int32.init)
    sets = method.outOfDistribution.map { set in
      set.map { score in
        Rank(
          above: Int32(descending.partitionPoint { $0 > score }),
          aboveOrEqual: Int32(descending.partitionPoint { $0 >= score }))
      }
    }
  }

  /// AUROC and FPR95 against every OOD set, as from `DetectionMetrics` for the resampled images.
  func outcomes(of resample: ImageResample) -> [Outcome] {
    let above = cumulative(resample.inDistribution)
    let kept = keptPlaces(above)
    return sets.indices.map {
      outcome(sets[$0], multiplicities: resample.outOfDistribution[$0], above: above, kept: kept)
    }
  }

  /// W: the sums of the multiplicities of the first k ID images, k = 0 … n.
  private func cumulative(_ multiplicities: [Int32]) -> [Int32] {
    Array(unsafeUninitializedCapacity: order.count + 1) { sums, count in
      var sum: Int32 = 0
      sums[0] = 0
      multiplicities.withUnsafeBufferPointer { multiplicities in
        for (place, image) in order.enumerated() {
          sum += multiplicities[Int(image)]
          sums[place + 1] = sum
        }
      }
      count = order.count + 1
    }
  }

  /// The number of the highest ID images that must be kept to keep 95 % of the resample: the first k with `20
  /// · W[k] ≥ 19 · n`. The threshold is the score of the last one, so an OOD image is accepted if fewer than
  /// k ID images score higher.
  private func keptPlaces(_ above: [Int32]) -> Int32 {
    Int32(above.partitionPoint { 20 * Int($0) < 19 * order.count })
  }

  private func outcome(
    _ ranks: [Rank], multiplicities: [Int32], above: [Int32], kept: Int32
  ) -> Outcome {
    var (twiceWins, accepted) = (0, 0)
    above.withUnsafeBufferPointer { above in
      multiplicities.withUnsafeBufferPointer { multiplicities in
        for (image, rank) in ranks.enumerated() {
          let times = Int(multiplicities[image])
          twiceWins += times * Int(above[Int(rank.above)] + above[Int(rank.aboveOrEqual)])
          accepted += rank.above < kept ? times : 0
        }
      }
    }
    let images = Double(ranks.count)
    return Outcome(
      auroc: Double(twiceWins) / (2 * Double(order.count) * images), fpr95: Double(accepted) / images)
  }
}
