import ONNXGraph

/// `Σ_c relu(w_ŷ,c)·‖ReLU(F_c)‖₂`, where F is the last map: the norm of the channels that support the
/// predicted class, weighted by their support.
///
/// This is an interpretation of a class-wise weighted feature norm, whose formula is not public.
struct ClassNorm: LinearHeadScore {
  static let description = ScoreDescription(
    name: "classnorm", summary: "norms of the last map's channels, weighted for the predicted class",
    paper: "our interpretation: no formula is published", networks: .pooledFeatures)

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.logits, .channelNorms] }

  func fitted(to data: FitData, head: LinearHead) -> FittedScore {
    let weights = head.weights.map { max($0, 0) }
    return FittedScore { x in
      x.rowOfPredictedClass(weights, width: head.features).dot(x[.channelNorms])
    }
  }
}
