import Foundation
import OddityFiles

/// NormRatio of one block: how much larger FeatureNorm is on ID images than on their own pseudo-OOD images.
///
/// A pair in which either norm is zero or not finite has no meaningful ratio (a dead block or an overflow) and is
/// left out of all three means, so that they speak of the same images; a block with more than 1 % of such pairs is
/// not eligible. Source: Yu et al., CVPR 2023, equation 4.
package struct NormRatio: Sendable, Equatable {
  /// `mean_i FeatureNorm(x_i) / FeatureNorm(x̂_i)`, the value that selects the block; NaN without a usable pair.
  package let meanOfRatios: Double
  /// The normal 95 % interval of `meanOfRatios`, from the per-image ratios; unbounded below two usable pairs.
  package let interval: ConfidenceInterval
  /// `Σ_i FeatureNorm(x_i) / Σ_i FeatureNorm(x̂_i)`, the other reading of the paper; NaN without a usable pair.
  package let ratioOfMeans: Double
  /// `mean_i log(FeatureNorm(x_i) / FeatureNorm(x̂_i))`: the one to compare with zero, because the mean of ratios
  /// is above one even for identical distributions (Jensen). NaN without a usable pair.
  package let meanLogRatio: Double
  /// Pairs that the means are taken over.
  package let usedImages: Int
  /// Pairs in which a norm is zero or not finite.
  package let excludedImages: Int

  /// - Parameters:
  ///   - inDistribution: FeatureNorm of each image.
  ///   - pseudoOOD: FeatureNorm of the pseudo-OOD image made from it, in the same order.
  package init(inDistribution: [Float], pseudoOOD: [Float]) {
    precondition(inDistribution.count == pseudoOOD.count, "norms come in pairs")
    let pairs = zip(inDistribution, pseudoOOD).filter { Self.ratio($0, $1) != nil }
    let ratios = pairs.map { Double($0) / Double($1) }
    meanOfRatios = Moments.mean(ratios)
    interval = .normal95(
      estimate: meanOfRatios, standardError: Moments.standardErrorOfMean(ratios))
    ratioOfMeans = pairs.reduce(0) { $0 + Double($1.0) } / pairs.reduce(0) { $0 + Double($1.1) }
    meanLogRatio = Moments.mean(ratios.map { log($0) })
    usedImages = pairs.count
    excludedImages = inDistribution.count - pairs.count
  }

  /// Whether the block may be selected: at least one usable pair, and at most 1 % of the pairs excluded.
  package var isEligible: Bool {
    usedImages > 0 && 100 * excludedImages <= usedImages + excludedImages
  }

  /// The ratio of one pair, or nil where a norm is zero or not finite.
  static func ratio(_ image: Float, _ pseudo: Float) -> Double? {
    guard image.isFinite, pseudo.isFinite, image > 0, pseudo > 0 else { return nil }
    return Double(image) / Double(pseudo)
  }
}

/// Which block's FeatureNorm becomes the detector.
package enum BlockSelection {
  /// `argmax_b NormRatio_b` among the eligible blocks; of equal ones, the first.
  ///
  /// - Parameter ratios: NormRatio of every candidate block, in block order.
  /// - Returns: the index of the selected block.
  /// - Throws: `OddityError.noBlocks` where no block is eligible.
  package static func selectedBlock(_ ratios: [NormRatio]) throws(OddityError) -> Int {
    guard let selected = eligibleBlock(ratios) else {
      throw OddityError(
        .noBlocks,
        "no block can be selected: at each of the \(ratios.count) candidates more than 1 % of the images have a "
          + "zero or non-finite FeatureNorm; check the preprocessing, name a tensor with \(.block), or take scores that need no "
          + "block, such as \(.scores, "energy")")
    }
    return selected
  }

  /// The same; `nil` where no block is eligible.
  package static func eligibleBlock(_ ratios: [NormRatio]) -> Int? {
    let eligible = ratios.indices.filter { ratios[$0].isEligible }
    guard let first = eligible.first else { return nil }
    return eligible.reduce(first) { ratios[$1].meanOfRatios > ratios[$0].meanOfRatios ? $1 : $0 }
  }
}

/// FeatureNorms of images and of pseudo-OOD images made from them, block by block.
///
/// Nothing else is stored of a pass over the data: N × B numbers of each kind.
package struct PairedNorms: Sendable {
  /// `inDistribution[b][i]`: FeatureNorm of image i at block b.
  package private(set) var inDistribution: [[Float]]
  /// `pseudoOOD[b][i]`: FeatureNorm of the pseudo-OOD image made from image i at block b.
  package private(set) var pseudoOOD: [[Float]]

  package var blockCount: Int { inDistribution.count }
  package var imageCount: Int { inDistribution.first?.count ?? 0 }

  /// - Parameter capacity: the number of images for which memory is reserved. More can be added.
  package init(blockCount: Int, capacity: Int = 0) {
    inDistribution = (0..<blockCount).map { _ in Self.empty(capacity) }
    pseudoOOD = (0..<blockCount).map { _ in Self.empty(capacity) }
  }

  private static func empty(_ capacity: Int) -> [Float] {
    var column: [Float] = []
    column.reserveCapacity(capacity)
    return column
  }

  /// Adds one image.
  ///
  /// - Parameters:
  ///   - image: its norms, one for each block.
  ///   - pseudo: the norms of its pseudo-OOD image.
  package mutating func append(image: some Collection<Float>, pseudo: some Collection<Float>) {
    precondition(image.count == blockCount && pseudo.count == blockCount, "one norm for each block")
    for (block, norm) in image.enumerated() { inDistribution[block].append(norm) }
    for (block, norm) in pseudo.enumerated() { pseudoOOD[block].append(norm) }
  }

  /// The NormRatio of every block.
  package func normRatios() -> [NormRatio] {
    (0..<blockCount).map { NormRatio(inDistribution: inDistribution[$0], pseudoOOD: pseudoOOD[$0]) }
  }

  /// The ratio of image i at block b, or nil where it is undefined.
  func ratio(block: Int, image: Int) -> Double? {
    NormRatio.ratio(inDistribution[block][image], pseudoOOD[block][image])
  }
}
