/// The stability of the selection: what other samples of images of the same size would have selected.
///
/// Images are drawn with replacement, with all blocks' ratios of an image together (a paired bootstrap), and
/// the selection is repeated. Source: Efron & Tibshirani, *An Introduction to the Bootstrap*, 1993.
package struct SelectionStability: Sendable, Equatable {
  /// The share of resamples in which the selected block wins.
  package let share: Double
  /// The block that wins most of the other resamples, or of equal ones, the one with the larger NormRatio.
  /// nil if no other block is eligible.
  package let runnerUp: Int?

  /// - Parameters:
  ///   - norms: FeatureNorms of at least one image and its pseudo-OOD image.
  ///   - selected: the selected block, an index into `norms`.
  ///   - seed: the run's seed; resample after resample is drawn from one `SplitMix64(seed)`.
  ///   - resamples: how often the selection is repeated.
  package init(norms: PairedNorms, selected: Int, seed: UInt64, resamples: Int = 1_000) {
    precondition(resamples > 0, "at least one resample")
    let ratios = norms.normRatios()
    let candidates = ratios.indices.filter { ratios[$0].isEligible }
    let table = RatioTable(norms: norms, blocks: candidates)
    var generator = SplitMix64(seed: seed)
    var wins = Array(repeating: 0, count: norms.blockCount)
    for _ in 0..<resamples {
      guard let winner = table.winnerOfResample(using: &generator) else { continue }
      wins[candidates[winner]] += 1
    }
    share = Double(wins[selected]) / Double(resamples)
    runnerUp = candidates.filter { $0 != selected }.max {
      (wins[$0], ratios[$0].meanOfRatios) < (wins[$1], ratios[$1].meanOfRatios)
    }
  }
}

/// The ratios image by image, NaN where one is missing.
private struct RatioTable {
  let blockCount: Int
  let rowCount: Int
  private let values: [Double]

  init(norms: PairedNorms, blocks: [Int]) {
    blockCount = blocks.count
    rowCount = norms.imageCount
    var values: [Double] = []
    values.reserveCapacity(norms.imageCount * blocks.count)
    for image in 0..<norms.imageCount {
      for block in blocks { values.append(norms.ratio(block: block, image: image) ?? .nan) }
    }
    self.values = values
  }

  /// The block with the largest mean over as many rows as there are, drawn with replacement; the first of equals.
  func winnerOfResample(using generator: inout SplitMix64) -> Int? {
    // Sums, then counts.
    var sums = Array(repeating: 0.0, count: 2 * blockCount)
    sums.withUnsafeMutableBufferPointer { sums in
      values.withUnsafeBufferPointer { values in
        for _ in 0..<rowCount {
          let row = Int(generator.next().multipliedFullWidth(by: UInt64(rowCount)).high)
          for block in 0..<blockCount {
            let ratio = values[row * blockCount + block]
            sums[block] += ratio.isNaN ? 0 : ratio
            sums[blockCount + block] += ratio.isNaN ? 0 : 1
          }
        }
      }
    }
    var winner: Int?
    var largest = -Double.infinity
    for block in 0..<blockCount {
      let mean = sums[block] / sums[blockCount + block]
      if mean > largest { (winner, largest) = (block, mean) }
    }
    return winner
  }
}
