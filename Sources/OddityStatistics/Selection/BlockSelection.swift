import OddityFiles

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
          + "zero or non-finite FeatureNorm; check the preprocessing, name a tensor with --block, or take scores that need no "
          + "block, such as --score energy")
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
