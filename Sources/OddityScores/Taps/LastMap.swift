import OddityClassifier
import ONNXGraph

/// The pooled map of a classifier in its graph, in single precision.
struct LastMap {
  let tensor: Tensor
  let layout: MapLayout
  /// C
  let channels: Int
}

extension LastMap {
  /// - Throws: ``OddityError`` `.usage` if there is none.
  init(_ classifier: Classifier) throws(OddityError) {
    let pooled = try classifier.requirePooledMap()
    let map = pooled.map
    tensor = classifier.model.graph.singlePrecision(map.tensor)
    (layout, channels) = (map.layout, pooled.channels)
  }
}

extension LastMap {
  /// NAP: `mean_c (max F_c / (mean F_c + 1))²` with F = ReLU of the map, [N, 1].
  var activationPrior: Tensor {
    let activations = tensor.relu()
    let axes = layout.positionAxes
    return (activations.max(axes: axes) / (activations.mean(axes: axes) + 1)).squared()
      .mean(axis: 1, keep: true)
  }
}

extension LastMap {
  /// `‖ReLU(F_c)‖₂` of each channel, [N, C].
  var channelNorms: Tensor { tensor.relu().norm(axes: layout.positionAxes) }
}

extension Block {
  /// FeatureNorm in the graph of a model, guarded or not, float32 [N, 1]: the mean over channels of each
  /// channel's L2 norm over positions, after ReLU.
  ///
  /// `FeatureNorm_b(x) = (1/C) Σ_c ‖ReLU(z_b,c(x))‖₂` (Yu et al., CVPR 2023, eq. 1). Higher is more
  /// in-distribution. ReLU is applied even if the block does not end in one.
  package func featureNorm(in graph: Graph) -> Tensor {
    activations(in: graph).norm(axes: layout.positionAxes).mean(axis: 1, keep: true)
  }

  /// The map of the block after ReLU, in single precision, because the squares of values from 256 on overflow
  /// in half precision.
  package func activations(in graph: Graph) -> Tensor {
    let map = graph.singlePrecision(tensor)
    return graph.producer(of: tensor)?.op == "Relu" ? map : map.relu()
  }
}
