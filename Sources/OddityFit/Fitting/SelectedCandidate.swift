import OddityModel

/// The candidate whose FeatureNorm is taken.
struct SelectedCandidate {
  let position: Int
  /// Why there is none, where the last one stands in for scores that need no block.
  var refusal: OddityError?
}

extension FitSetup {
  /// The block to use.
  ///
  /// - Throws: ``OddityError`` `.noBlocks` where none can be selected and a score without which there is no fit needs one.
  func select(_ ratios: [NormRatio]) throws(OddityError) -> SelectedCandidate {
    if let namedCandidate { return SelectedCandidate(position: namedCandidate) }
    do {
      return SelectedCandidate(position: try BlockSelection.selectedBlock(ratios))
    } catch {
      guard plan.names.allSatisfy({ !$0.needsBlock || plan.mayLeaveOut($0) }) else { throw error }
      return SelectedCandidate(position: candidates.count - 1, refusal: error)
    }
  }
}
