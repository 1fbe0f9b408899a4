import ONNXGraph

/// FeatureNorm of one block: the mean over channels of each channel's L2 norm over positions, after ReLU.
///
/// `FeatureNorm_b(x) = (1/C) Σ_c ‖ReLU(z_b,c(x))‖₂` (Yu et al., CVPR 2023, eq. 1). Higher is more
/// in-distribution. ReLU comes first also where the block does not end in one.
struct FeatureNorm {
  let block: Block

  /// Appends the nodes to a model, guarded or not, and returns the tensor of the norm, float32 [N, 1].
  func append(to appendix: inout Appendix, of model: Model) -> String {
    // In half precision the squares overflow from 256 on.
    let map = model.graph.hasOtherPrecision ? appendix.inSinglePrecision(block.tensor) : block.tensor
    let isActivated = model.graph.producer(of: block.tensor)?.op == "Relu"
    let activated = isActivated ? map : appendix.add("Relu", [map])
    return appendix.reduce(
      .mean, appendix.reduce(.l2, activated, axes: block.layout.positionAxes), axes: [1], keep: true)
  }
}
