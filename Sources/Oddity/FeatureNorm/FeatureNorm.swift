import ONNXGraph

/// FeatureNorm of one block: the mean over channels of each channel's L2 norm over positions, after ReLU.
///
/// `FeatureNorm_b(x) = (1/C) Σ_c ‖ReLU(z_b,c(x))‖₂` (Yu et al., CVPR 2023, eq. 1). Higher is more
/// in-distribution. ReLU comes first even where the block's output is not activated.
public struct FeatureNorm: Score {
  public static let name = "featurenorm"

  public let block: Block

  public init(block: Block) {
    self.block = block
  }

  public func append(to appendix: inout Appendix, of classifier: Classifier) -> String {
    // In half precision the squares overflow from 256 on.
    let map =
      classifier.model.graph.hasHalfPrecision ? appendix.cast(block.tensor, to: .float) : block.tensor
    let activated = appendix.add("Relu", [map])
    let norms = appendix.reduce(.l2, activated, axes: block.layout.positionAxes)
    return appendix.reduce(.mean, norms, axes: [1])
  }
}
