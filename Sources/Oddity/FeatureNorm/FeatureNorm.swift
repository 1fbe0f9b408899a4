import ONNXGraph

/// FeatureNorm of one block: the mean over channels of each channel's L2 norm over positions, after ReLU.
///
/// `FeatureNorm_b(x) = (1/C) Σ_c ‖ReLU(z_b,c(x))‖₂` (Yu et al., CVPR 2023, eq. 1). Higher is more
/// in-distribution. ReLU comes first even where the block's output is not activated.
struct FeatureNorm {
  let block: Block

  /// Appends the nodes to a model, guarded or not, and returns the tensor of the norm, float32 [N].
  func append(to appendix: inout Appendix, of model: Model) -> String {
    guard model.graph.hasOtherPrecision else { return norm(of: block.tensor, in: &appendix) }
    // In half precision the squares overflow from 256 on.
    return norm(of: appendix.inSinglePrecision(block.tensor), in: &appendix)
  }

  private func norm(of map: String, in appendix: inout Appendix) -> String {
    let norms = appendix.reduce(
      .l2, appendix.add("Relu", [map]), axes: block.layout.positionAxes)
    return appendix.reduce(.mean, norms, axes: [1])
  }
}
