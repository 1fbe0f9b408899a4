import OddityClassifier
import ONNXGraph

/// ``FeatureNorm`` of the selected block (Yu et al., CVPR 2023, eq. 1).
struct FeatureNormScore: Score {
  static let description = ScoreDescription(
    name: "featurenorm", summary: "FeatureNorm of the selected block", paper: "Yu et al., CVPR 2023",
    fits: "the block, by NormRatio", forms: .any)

  let taps: Set<Tap> = []

  let parameters: ScoreParameters

  func fitted(to data: FitData) -> FittedScore {
    FittedScore { [block = data.block] x in x[.featureNorm(block)].flattened() }
  }
}
