import OddityFiles

/// AUROC of images against the pseudo-OOD images made from them, with an interval that knows they come in pairs.
///
/// `A = (1/n²) Σ_ij ψ(X_i, Y_j)`, ψ = 1 where the image scores higher and ½ at a tie. With the placements
/// `V10_i = mean_j ψ(X_i, Y_j)` and `V01_i = mean_j ψ(X_j, Y_i)`, image i (a cluster of two observations)
/// contributes `d_i = V10_i + V01_i − 2A`, and the standard error of A is `sd(d) / √n`. Sources: DeLong et al.,
/// Biometrics 44 (1988), for the placements; Obuchowski, Biometrics 53 (1997), for clustered data.
package struct PairedAUROC: Sendable {
  /// A, in [0, 1].
  package let value: Double
  /// `sd(d) / √n`; NaN of a single image.
  package let standardError: Double
  /// `A ± 1.96 · standardError`, within [0, 1].
  package let interval: ConfidenceInterval
  /// d_i, in the order of the images.
  private let influences: [Double]

  /// - Parameters:
  ///   - inDistribution: X, the score of each image; higher is more in-distribution.
  ///   - pseudoOOD: Y, the score of its pseudo-OOD image, in the same order.
  /// - Throws: `OddityError.badData` where there is no image or a score is NaN. Infinities are allowed.
  package init(inDistribution: [Float], pseudoOOD: [Float]) throws(OddityError) {
    precondition(inDistribution.count == pseudoOOD.count, "scores come in pairs")
    let area = try DetectionMetrics(inDistribution: inDistribution, outOfDistribution: pseudoOOD).auroc
    let above = Self.placements(of: inDistribution, among: pseudoOOD)
    let below = Self.placements(of: pseudoOOD, among: inDistribution).map { 1 - $0 }
    value = area
    influences = zip(above, below).map { $0 + $1 - 2 * area }
    standardError = Moments.standardErrorOfMean(influences)
    interval = ConfidenceInterval.normal95(estimate: area, standardError: standardError).clamped(to: 0...1)
  }

  /// The same; `nil` where there is no image or a score is NaN.
  package static func ifDefined(_ images: [Float], _ pseudoOOD: [Float]) throws(OddityError) -> PairedAUROC? {
    guard DetectionMetrics.areDefined(images, pseudoOOD) else { return nil }
    return try PairedAUROC(inDistribution: images, pseudoOOD: pseudoOOD)
  }

  /// The normal 95 % interval of this AUROC minus another score's on the same images, within [−1, 1].
  ///
  /// Its standard error is that of the differences of the influences, so what both scores share cancels.
  package func differenceInterval(minus other: PairedAUROC) -> ConfidenceInterval {
    precondition(influences.count == other.influences.count, "both scores of the same images")
    let differences = zip(influences, other.influences).map { $0 - $1 }
    return ConfidenceInterval.normal95(
      estimate: value - other.value, standardError: Moments.standardErrorOfMean(differences)
    ).clamped(to: -1...1)
  }

  /// The share of `others` that each score exceeds, ties counted half.
  private static func placements(of scores: [Float], among others: [Float]) -> [Double] {
    let sorted = others.sorted()
    return scores.map { score in
      let below = sorted.partitionPoint { $0 < score }
      let atOrBelow = sorted.partitionPoint { $0 <= score }
      return Double(below + atOrBelow) / Double(2 * sorted.count)
    }
  }
}
