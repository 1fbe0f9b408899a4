import OddityClassifier
import ONNXGraph

extension Block {
  /// FeatureNorm in the graph of a model, guarded or not, float32 [N, 1]: the mean over channels of each channel's L2 norm over
  /// positions, after ReLU.
  ///
  /// `FeatureNorm_b(x) = (1/C) Σ_c ‖ReLU(z_b,c(x))‖₂` (Yu et al., CVPR 2023, eq. 1). Higher is more
  /// in-distribution. ReLU comes first also where the block does not end in one.
  package func featureNorm(in graph: Graph) -> Tensor {
    // In half precision the squares overflow from 256 on.
    let map = graph.singlePrecision(tensor)
    let isActivated = graph.producer(of: tensor)?.op == "Relu"
    return (isActivated ? map : map.relu()).norm(axes: layout.positionAxes).mean(axis: 1, keep: true)
  }
}
