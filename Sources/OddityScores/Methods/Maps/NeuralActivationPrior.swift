import OddityClassifier
import ONNXGraph

/// `mean_c (max F_c / (mean F_c + 1))²` with F = ReLU of the pooled map [C, H, W]: how far channels' peaks stand out (Wan et
/// al., *Neural Activation Prior*, 2024).
///
/// ReLU comes first, as in FeatureNorm: where maps have no negative values it changes nothing, elsewhere it keeps the
/// denominator at 1 or more. The authors combine it with another score S as `S^w · NAP^(1−w)`; here it stands alone, and
/// an ensemble combines it.
struct NeuralActivationPrior: CompleteScore {
  static let description = ScoreDescription(
    name: "nap", summary: "how far the peaks of the last map's channels stand out from their means",
    paper: "Wan et al., 2024", networks: .pooledMap, forms: .any)

  let taps: Set<Tap> = [.activationPrior]

  let parameters: ScoreParameters

  func score(_ x: ScoreInputs) -> Tensor { x[.activationPrior].flattened() }
}
