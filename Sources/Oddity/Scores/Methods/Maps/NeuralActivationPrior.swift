import ONNXGraph

/// `mean_c (max F_c / (mean F_c + 1))²` with F = ReLU of the pooled map [C, H, W]: how far channels' peaks stand out (Wan et
/// al., *Neural Activation Prior*, 2024).
///
/// ReLU comes first, as in FeatureNorm: where maps have no negative values it changes nothing, elsewhere it keeps the
/// denominator at 1 or more. The authors combine it with another score S as `S^w · NAP^(1−w)`; here it stands alone, and
/// an ensemble combines it.
struct NeuralActivationPrior: Score, FittedScore {
  static let description = ScoreDescription(
    name: "nap", summary: "how far the peaks of the last map's channels stand out from their means",
    paper: "Wan et al., 2024", networks: .pooledMap, forms: .any)

  let taps: Set<Tap> = [.activationPrior]

  init(_ parameters: ScoreParameters) {}

  func fitted(to data: FitData) -> any FittedScore { self }

  func append(to nodes: inout ScoreNodes) -> String {
    let column = nodes.tensor(of: .activationPrior)
    return nodes.appendix.reshape(column, to: [-1])
  }

  /// Appends NAP of a map, [N, 1].
  static func append(of map: LastMap, to appendix: inout Appendix) -> String {
    let activations = appendix.add("Relu", [map.tensor])
    let peaks = appendix.reduce(.max, activations, axes: map.layout.positionAxes)
    let means = appendix.reduce(.mean, activations, axes: map.layout.positionAxes)
    let one = appendix.constant([Float(1)], dims: [1, 1])
    let ratios = appendix.add("Div", [peaks, appendix.add("Add", [means, one])])
    return appendix.reduce(.mean, appendix.add("Mul", [ratios, ratios]), axes: [1], keep: true)
  }
}
