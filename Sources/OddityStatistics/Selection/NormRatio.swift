import Foundation

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
