import OddityClassifier
import ONNXGraph

/// ``FeatureNorm`` of the selected block (Yu et al., CVPR 2023, eq. 1).
struct FeatureNormScore: BlockScore {
  static let description = ScoreDescription(
    name: "featurenorm", summary: "FeatureNorm of the selected block", paper: "Yu et al., CVPR 2023",
    fits: "the block, by NormRatio", forms: .any)

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [] }
  func taps(at block: Block) -> Set<Tap> { [.featureNorm(block)] }

  func fitted(to data: FitData) -> FittedScore { .featureNorm(of: data.block) }
}

extension FittedScore {
  /// ``FeatureNorm`` of any block.
  package static func featureNorm(of block: Block) -> FittedScore {
    FittedScore { x in x[.featureNorm(block)].flattened() }
  }
}

/// `mean_c (max F_c / (mean F_c + 1))²` with F = ReLU of the pooled map [C, H, W]: how far the peaks of
/// channels stand out (Wan et al., *Neural Activation Prior*, 2024).
///
/// ReLU is applied first, as in FeatureNorm. It changes nothing if maps have no negative values, and
/// otherwise keeps the denominator at 1 or more. The authors combine it with another score S as `S^w ·
/// NAP^(1−w)`. Here it is a separate score, and an ensemble can combine it.
struct NeuralActivationPrior: CompleteScore {
  static let description = ScoreDescription(
    name: "nap", summary: "how far the peaks of the last map's channels stand out from their means",
    paper: "Wan et al., 2024", networks: .pooledMap, forms: .any)

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.activationPrior] }

  func score(_ x: ScoreInputs, _: ScoreParameters) -> Tensor { x[.activationPrior].flattened() }
}
