import ONNXGraph

/// `⟨w_ŷ, z − μ⟩ / ‖z − μ‖ + α‖z‖₁`: closeness to the class's weight vector (Liu & Qin, *NCI*, CVPR 2025).
struct NCI: LinearHeadScore {
  static let description = ScoreDescription(
    name: "nci", summary: "closeness of the features to the predicted class's weights",
    paper: "Liu & Qin, CVPR 2025", fits: "the mean of z", networks: .linearHead,
    parameters: [alpha])
  private static let alpha = Parameter<Double>("alpha", "weight of the L1 norm", default: 1e-4, in: 0...)

  let taps: Set<Tap> = [.features, .logits]
  let statistics: Set<FitStatistic> = [.moments]
  let parameters: ScoreParameters

  func fitted(to data: FitData, head: LinearHead) throws -> any FittedScore {
    Fitted(mean: try data.mean(), weights: head.weights, alpha: parameters[Self.alpha])
  }

  private struct Fitted: FittedScore {
    let mean: [Double]
    let weights: [Float]
    let alpha: Double

    func score(_ x: ScoreInputs) -> Tensor {
      let centred = x.features.centred(about: mean)
      let projection = x.rowOfPredictedClass(weights, width: mean.count).dot(centred)
      return projection / centred.norm(axis: 1).atLeast(1e-12) + x.features.abs().sum(axis: 1) * alpha
    }
  }
}
